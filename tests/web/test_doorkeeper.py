"""Whom the door remembers: for a moment, never longer than what they showed counts, and no more."""

from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.people.model.persons import Identity
from homeroom.people.ports.strategies import Attempt
from homeroom.people.use_cases.sessions import Proven
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.door import Doorkeeper, identify
from homeroom_testing.fast_hashing import FAST_VARIABLES

pytestmark = pytest.mark.anyio

SOMEBODY = Actor(institution_id=InstitutionId(new_id()), roles=frozenset({Role.TEACHER}))
FOR_LONG = timedelta(minutes=5)


@attrs.define
class Watch:
    """Seconds that pass when we say so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@attrs.define
class Storage:
    """Proves whoever shows *known*, and counts how often it was asked."""

    lasts: timedelta = FOR_LONG
    asked: int = 0

    async def identify(self, secret: str) -> Proven:
        self.asked += 1
        if not secret.startswith("known"):
            raise Unauthenticated
        return Proven(SOMEBODY, self.lasts)


async def asked_after(seconds: float, lasts: timedelta = FOR_LONG) -> int:
    """How often the storage was asked by somebody who came twice, so long apart."""
    watch, storage = Watch(), Storage(lasts)
    keeper = Doorkeeper(storage.identify, watch)
    await keeper.identify("known")
    watch.seconds = seconds
    await keeper.identify("known")
    return storage.asked


@pytest.mark.parametrize(
    ("seconds", "lasts", "asked"),
    [
        (4.9, FOR_LONG, 1),
        (5.0, FOR_LONG, 2),
        (1.9, timedelta(seconds=2), 1),
        (2.0, timedelta(seconds=2), 2),
        (0.0, timedelta(seconds=-3), 2),  # within the leeway of clocks: it counts, this once
    ],
)
async def test_nobody_is_remembered_longer_than_five_seconds_or_their_token(
    seconds: float, lasts: timedelta, asked: int
) -> None:
    assert await asked_after(seconds, lasts) == asked


async def test_what_was_shown_is_not_kept() -> None:
    keeper = Doorkeeper(Storage().identify)
    await keeper.identify("known secret")
    assert "known secret" not in repr(keeper)
    assert b"known secret" not in repr(keeper).encode()


async def test_who_proves_nothing_is_not_remembered() -> None:
    storage = Storage()
    keeper = Doorkeeper(storage.identify)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await keeper.identify("a guess")
    assert storage.asked == 2


async def test_so_many_are_remembered_and_no_more() -> None:
    storage = Storage()
    keeper = Doorkeeper(storage.identify, Watch())
    for number in range(10_001):
        await keeper.identify(f"known {number}")
    await keeper.identify("known 10000")
    assert storage.asked == 10_001
    await keeper.identify("known 0")
    assert storage.asked == 10_002


async def test_a_session_that_ended_is_refused_here_at_once_and_elsewhere_within_five_seconds(
    tmp_path: Path,
) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(tmp_path), **FAST_VARIABLES})
    watch = Watch()
    async with open_homeroom(settings) as here, open_homeroom(settings) as elsewhere:
        secret = await here.people.open_house("Home")
        assert secret is not None
        owner = await here.people.authenticate(secret.text)
        ana = Identity.given("ana", "Ana", "Reyes")
        await here.people.create_person(owner, ana, roles=frozenset(), password="a first one")
        signed_in = await here.people.sign_in(Attempt(name="ana", password="a first one"))
        token = signed_in.tokens.access
        ours, theirs = (Doorkeeper(identify(it.people), watch) for it in (here, elsewhere))
        actor = await ours.identify(token)
        assert await theirs.identify(token) == actor
        await here.people.sign_out(actor)
        ours.forget_everyone()
        with pytest.raises(Unauthenticated):
            await ours.identify(token)
        watch.seconds = 4.9
        assert await theirs.identify(token) == actor
        watch.seconds = 5.0
        with pytest.raises(Unauthenticated):
            await theirs.identify(token)
