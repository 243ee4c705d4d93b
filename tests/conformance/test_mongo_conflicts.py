"""What a unit over documents does when MongoDB says that somebody else was there first.

The peer never says so: its answers are replaced, one by one, by those that MongoDB documents.
"""

from collections.abc import AsyncIterator

import attrs
import pytest
from storage_grounds import documents_settings

from homeroom.exams.errors import StaleVendor, VendorExists, VendorNotFound
from homeroom.exams.model.catalogue import Vendor
from homeroom.house import DocumentsSettings, Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.people.model.institutions import Institution
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.mongo.errors import Crossed
from homeroom_adapters.mongo.opening import open_documents
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.exams_ground import (
    a_kept_vendor,
    a_vendor,
    an_exam,
    keep_exams,
    keep_vendors,
    seen_exam,
    seen_vendor,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.mongo_faults import (
    DUPLICATE,
    HANG_UP,
    NO_SUCH_TRANSACTION,
    NOT_ALLOWED,
    SHUTTING_DOWN,
    WRITE_CONFLICT,
    Between,
    mongo_between,
)

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]


@attrs.frozen
class Ground:
    """A storage whose documents are reached through a server that can be made to refuse."""

    whole: Storage
    between: Between
    house: Institution
    vendor: Vendor

    async def is_kept(self, vendor: Vendor) -> bool:
        try:
            return bool(await self.whole.catalogue.vendor(vendor.id, reach=None))
        except VendorNotFound:
            return False


@pytest.fixture
async def settings(mongo_url: str, mongo_database: str) -> DocumentsSettings:
    return await documents_settings(mongo_url, mongo_database)


@pytest.fixture
async def ground(settings: DocumentsSettings) -> AsyncIterator[Ground]:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with (
        mongo_between(settings.url) as between,
        open_memory(StorageSettings(), ambient) as beside,
        open_documents(attrs.evolve(settings, url=between.url), ambient, beside) as whole,
    ):
        house = await settle_in(whole)
        yield Ground(whole, between, house, await a_kept_vendor(whole, house))


async def test_a_unit_that_has_written_nothing_waits_to_take_hold(ground: Ground) -> None:
    ground.between.instead("findAndModify", WRITE_CONFLICT, about="vendors", times=3)
    exam = an_exam(ground.vendor)
    await keep_exams(ground.whole, exam)
    assert ground.between.left == 0
    assert await seen_exam(ground.whole, exam) == exam


async def test_a_unit_that_has_written_is_told_to_try_again(ground: Ground) -> None:
    ground.between.instead("findAndModify", WRITE_CONFLICT, about="vendors")
    other = a_vendor(ground.house, "Other")

    async def write_and_hold() -> None:
        async with ground.whole.start() as unit:
            await unit.vendors.save(other)
            await unit.exams.save(an_exam(ground.vendor))
            await unit.commit()

    with pytest.raises(Crossed) as refusal:
        await write_and_hold()
    assert refusal.value.retry_after
    assert not await ground.is_kept(other)


async def test_whoever_waits_for_ever_is_told_to_try_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeroom_adapters.mongo.desk.TRIES", 4)
    ground.between.instead("findAndModify", WRITE_CONFLICT, about="vendors", times=99)
    with pytest.raises(Crossed):
        await keep_exams(ground.whole, an_exam(ground.vendor))
    assert ground.between.left == 95


async def test_the_second_of_two_that_save_at_the_same_moment_is_stale(ground: Ground) -> None:
    ground.between.instead("update", WRITE_CONFLICT, about="vendors")
    mine = await seen_vendor(ground.whole, ground.vendor)
    mine.rename("Mine", "")
    with pytest.raises(StaleVendor):
        await keep_vendors(ground.whole, mine)
    assert await seen_vendor(ground.whole, mine) == ground.vendor


async def test_the_second_of_two_that_take_one_name_at_the_same_moment_is_refused(
    ground: Ground,
) -> None:
    ground.between.instead("insert", DUPLICATE, about="vendors")
    with pytest.raises(VendorExists):
        await keep_vendors(ground.whole, a_vendor(ground.house, "Other"))
    ground.between.instead("update", DUPLICATE, about="vendors")
    ground.vendor.rename("Another", "")
    with pytest.raises(VendorExists):
        await keep_vendors(ground.whole, ground.vendor)


async def test_what_a_conflict_has_ended_commits_nothing(ground: Ground) -> None:
    ground.between.instead("insert", WRITE_CONFLICT, about="vendors")
    other = a_vendor(ground.house, "Other")
    async with ground.whole.start() as unit:
        with pytest.raises(Crossed):
            await unit.vendors.save(other)
        ground.between.instead("commitTransaction", NO_SUCH_TRANSACTION)
        with pytest.raises(Crossed):
            await unit.commit()
    assert not await ground.is_kept(other)


async def test_a_commit_whose_answer_was_lost_is_asked_for_again(ground: Ground) -> None:
    ground.between.instead("commitTransaction", SHUTTING_DOWN, times=2)
    other = a_vendor(ground.house, "Other")
    await keep_vendors(ground.whole, other)
    assert ground.between.left == 0
    assert await ground.is_kept(other)


async def test_a_connection_that_breaks_is_worth_trying_again(ground: Ground) -> None:
    ground.between.instead("insert", HANG_UP, about="vendors")
    other = a_vendor(ground.house, "Other")
    with pytest.raises(Unavailable, match="MongoDB cannot be reached"):
        await keep_vendors(ground.whole, other)
    await keep_vendors(ground.whole, other)
    assert await ground.is_kept(other)


async def test_half_of_a_character_is_a_bad_text(ground: Ground) -> None:
    with pytest.raises(Invalid, match="half of a character"):
        await keep_vendors(ground.whole, attrs.evolve(ground.vendor, website="\ud800"))


async def test_a_user_who_may_not_is_told_which_setting_to_look_at(ground: Ground) -> None:
    ground.between.instead("ping", NOT_ALLOWED)
    with pytest.raises(Unavailable, match=r"documents\.url"):
        await ground.whole.ping()
    await ground.whole.ping()


async def test_a_server_without_transactions_is_refused_when_it_is_opened(
    settings: DocumentsSettings,
) -> None:
    if not settings.lone:
        pytest.skip("this MongoDB declares replicated=True")
    ambient = Ambient(SteppingClock(), JsonCodec())
    alone = attrs.evolve(settings, lone=False)
    async with open_memory(StorageSettings(), ambient) as beside:
        with pytest.raises(Unavailable, match="--replSet"):
            async with open_documents(alone, ambient, beside):
                pass


@pytest.mark.parametrize("url", ["mongodb://user:pass:word@[/x", "http://h/", "mongodb://h:99999/"])
async def test_an_address_that_is_none_is_refused_without_being_repeated(url: str) -> None:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with open_memory(StorageSettings(), ambient) as beside:
        with pytest.raises(Invalid) as refusal:
            async with open_documents(DocumentsSettings(url=url), ambient, beside):
                pass
    assert "documents.url" in refusal.value.message
    assert url not in refusal.value.message
