"""The promises of a context that holds something about persons: it tells all, and can forget."""

import json
from collections.abc import Sequence

import attrs
import pytest

from homeroom.house import HouseUnit, Storage
from homeroom.kernel.ids import PersonId, new_id
from homeroom.kernel.personal_data import HoldsPersonalData, Section
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.storage import StorageConformance

Holder = HoldsPersonalData[HouseUnit]


@attrs.frozen(kw_only=True)
class Known:
    """Two of whom a context holds something, and what of the first may be seen by whom."""

    person_id: PersonId
    other_id: PersonId
    private: frozenset[str]
    """Texts that tell of the first: they must be told, and be gone after an erasure."""

    secret: frozenset[str] = frozenset()
    """Texts that nobody is told, not even they."""


class HoldsPersonalDataConformance(StorageConformance):
    """Subclass, provide `storage`, `holder` and `known`, inherit the proof."""

    @pytest.fixture
    def holder(self, storage: Storage) -> Holder:
        raise NotImplementedError("return what answers for the context over `storage`")

    @pytest.fixture
    async def known(self, storage: Storage) -> Known:
        raise NotImplementedError("put two persons into `storage`, with something to hold of them")

    async def test_all_that_is_held_is_told(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        told = _text(await _about(storage, holder, known.person_id))
        assert {one for one in known.private if one not in told} == set()

    async def test_no_secret_is_told(self, storage: Storage, holder: Holder, known: Known) -> None:
        told = _text(await _about(storage, holder, known.person_id))
        assert {one for one in known.secret if one in told} == set()

    async def test_nothing_is_told_of_others(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        told = _text(await _about(storage, holder, known.other_id))
        assert {one for one in known.private if one in told} == set()

    async def test_every_section_has_a_name_of_its_own_also_with_nothing_in_it(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        told = await _about(storage, holder, known.person_id)
        names = [one.name for one in told]
        assert len(set(names)) == len(names) > 0
        of_nobody = await _about(storage, holder, PersonId(new_id()))
        assert [(one.name, list(one.rows)) for one in of_nobody] == [(name, []) for name in names]

    async def test_after_an_erasure_nothing_of_it_is_left(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        await _erase(storage, holder, known.person_id)
        told = _text(await _about(storage, holder, known.person_id))
        assert {one for one in known.private if one in told} == set()

    async def test_an_erasure_counts_what_it_took_away(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        counted = await _erase(storage, holder, known.person_id)
        assert all(count >= 0 for count in counted.values())
        assert any(counted.values())

    async def test_others_lose_nothing_by_it(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        before = await _about(storage, holder, known.other_id)
        await _erase(storage, holder, known.person_id)
        assert await _about(storage, holder, known.other_id) == before

    async def test_without_a_commit_nothing_is_gone(
        self, storage: Storage, holder: Holder, known: Known
    ) -> None:
        self.require("transactional")
        before = await _about(storage, holder, known.person_id)
        async with storage.start() as unit:
            await holder.erase(unit, known.person_id, at=NOON)
        assert await _about(storage, holder, known.person_id) == before

    async def test_of_nobody_nothing_is_taken_away(self, storage: Storage, holder: Holder) -> None:
        assert not any((await _erase(storage, holder, PersonId(new_id()))).values())


async def _about(storage: Storage, holder: Holder, person_id: PersonId) -> Sequence[Section]:
    async with storage.start() as unit:
        return await holder.about(unit, person_id)


async def _erase(storage: Storage, holder: Holder, person_id: PersonId) -> dict[str, int]:
    async with storage.start() as unit:
        counted = await holder.erase(unit, person_id, at=NOON)
        await unit.commit()
    return dict(counted)


def _text(told: Sequence[Section]) -> str:
    """All that is told, as it goes out."""
    return json.dumps([[dict(row) for row in one.rows] for one in told], ensure_ascii=False)
