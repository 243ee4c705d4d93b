"""The steps people take: who may issue, list and revoke keys, and how a house is opened."""

import asyncio
from datetime import timedelta
from typing import Any

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.actor import Actor, NotAllowed, Role
from homeroom.kernel.errors import NotFound, Unauthenticated
from homeroom.kernel.ids import ApiKeyId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.errors import ApiKeyAlreadyRevoked, ApiKeyNotFound, BadApiKey
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import KeySecret
from homeroom.people.use_cases.keys import Authenticate, IssueKey, ListKeys, RevokeKey
from homeroom.people.use_cases.opening import ListInstitutions, OpenHouse
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.storage import settle_in, told_by

pytestmark = pytest.mark.anyio

EVERYTHING = CursorRequest(limit=200)
TEACHES = frozenset({Role.TEACHER})
ADMINISTRATORS = {Role.ADMIN, Role.SUPER_ADMIN}
CHOSEN = "hr_" + "c" * 40


@attrs.frozen
class Steps:
    """What people's context can do over one storage."""

    storage: Storage
    clock: SteppingClock

    @property
    def issue(self) -> IssueKey:
        return IssueKey(self.storage.start, self.clock)

    @property
    def revoke(self) -> RevokeKey:
        return RevokeKey(self.storage.start, self.clock)

    @property
    def list_keys(self) -> ListKeys:
        return ListKeys(self.storage.people)

    @property
    def authenticate(self) -> Authenticate:
        return Authenticate(self.storage.people, self.clock)

    @property
    def open_house(self) -> OpenHouse:
        return OpenHouse(self.storage.start, self.storage.people, self.clock)

    async def newcomer(self, *roles: Role, house: str = "Ateneo de Naga") -> Actor:
        """Somebody of a new institution."""
        there = await settle_in(self.storage, house)
        return Actor(institution_id=there.id, roles=frozenset(roles))


@pytest.fixture
def steps(storage: Storage, clock: SteppingClock) -> Steps:
    return Steps(storage, clock)


class TestIssuing:
    async def test_the_secret_of_a_new_key_opens_the_house_it_was_made_in(
        self, steps: Steps
    ) -> None:
        admin = await steps.newcomer(Role.ADMIN)
        issued = await steps.issue(admin, name="laptop", roles=TEACHES)
        actor = await steps.authenticate(issued.secret.text)
        house, key = admin.institution_id, issued.key.id
        assert actor == Actor(institution_id=house, roles=TEACHES, api_key_id=key)
        assert [fact.name for fact in await told_by(steps.storage)] == ["people.api_key_issued.v1"]

    @pytest.mark.parametrize("role", [role for role in Role if role not in ADMINISTRATORS])
    async def test_only_administrators_may(self, steps: Steps, role: Role) -> None:
        somebody = await steps.newcomer(role)
        with pytest.raises(NotAllowed):
            await steps.issue(somebody, name="laptop", roles=TEACHES)
        assert await told_by(steps.storage) == []

    async def test_nobody_makes_a_key_that_may_more_than_they_may(self, steps: Steps) -> None:
        admin = await steps.newcomer(Role.ADMIN)
        with pytest.raises(NotAllowed):
            await steps.issue(admin, name="up", roles=frozenset({Role.SUPER_ADMIN, Role.ADMIN}))

    async def test_a_key_that_makes_no_sense_leaves_nothing_behind(self, steps: Steps) -> None:
        admin = await steps.newcomer(Role.ADMIN)
        with pytest.raises(BadApiKey):
            await steps.issue(admin, name="", roles=TEACHES)
        assert (await steps.list_keys(admin, EVERYTHING)).items == ()


class TestListing:
    async def test_an_administrator_sees_the_keys_of_their_own_house(self, steps: Steps) -> None:
        ours = await steps.newcomer(Role.ADMIN, house="Ours")
        theirs = await steps.newcomer(Role.ADMIN, house="Theirs")
        mine = await steps.issue(ours, name="mine", roles=TEACHES)
        other = await steps.issue(theirs, name="other", roles=TEACHES)
        assert list((await steps.list_keys(ours, EVERYTHING)).items) == [mine.key]
        everywhere = attrs.evolve(ours, roles=frozenset({Role.SUPER_ADMIN}))
        assert list((await steps.list_keys(everywhere, EVERYTHING)).items) == [other.key, mine.key]

    async def test_a_teacher_sees_none(self, steps: Steps) -> None:
        with pytest.raises(NotAllowed):
            await steps.list_keys(await steps.newcomer(Role.TEACHER), EVERYTHING)

    async def test_everybody_sees_their_own_institution_and_the_operator_all(
        self, steps: Steps
    ) -> None:
        student = await steps.newcomer(Role.STUDENT, house="Ours")
        await settle_in(steps.storage, "Theirs")
        ask = ListInstitutions(steps.storage.people)
        assert [one.name for one in await ask(student)] == ["Ours"]
        operator = attrs.evolve(student, roles=frozenset({Role.SUPER_ADMIN}))
        assert {one.name for one in await ask(operator)} == {"Ours", "Theirs"}


class TestRevoking:
    async def test_a_super_admin_s_key_is_revoked_by_a_super_admin_only(self, steps: Steps) -> None:
        operator = await steps.newcomer(Role.SUPER_ADMIN)
        roles = frozenset({Role.SUPER_ADMIN})
        issued = await steps.issue(operator, name="root", roles=roles)
        admin = attrs.evolve(operator, roles=frozenset({Role.ADMIN}))
        with pytest.raises(NotAllowed):
            await steps.revoke(admin, issued.key.id)
        assert (await steps.authenticate(issued.secret.text)).roles == roles
        await steps.revoke(operator, issued.key.id)
        with pytest.raises(Unauthenticated):
            await steps.authenticate(issued.secret.text)

    async def test_a_revoked_key_opens_nothing(self, steps: Steps) -> None:
        admin = await steps.newcomer(Role.ADMIN)
        issued = await steps.issue(admin, name="laptop", roles=TEACHES)
        await steps.revoke(admin, issued.key.id)
        with pytest.raises(Unauthenticated):
            await steps.authenticate(issued.secret.text)
        with pytest.raises(ApiKeyAlreadyRevoked):
            await steps.revoke(admin, issued.key.id)

    async def test_a_key_of_another_house_is_as_unknown_as_one_that_never_was(
        self, steps: Steps
    ) -> None:
        ours = await steps.newcomer(Role.ADMIN, house="Ours")
        theirs = await steps.newcomer(Role.ADMIN, house="Theirs")
        foreign = await steps.issue(theirs, name="laptop", roles=TEACHES)
        with pytest.raises(ApiKeyNotFound) as out_of_reach:
            await steps.revoke(ours, foreign.key.id)
        with pytest.raises(NotFound) as unknown:
            await steps.revoke(ours, ApiKeyId(new_id()))
        assert out_of_reach.value.message == unknown.value.message
        assert (await steps.authenticate(foreign.secret.text)).roles == TEACHES

    async def test_a_teacher_may_not(self, steps: Steps) -> None:
        with pytest.raises(NotAllowed):
            await steps.revoke(await steps.newcomer(Role.TEACHER), ApiKeyId(new_id()))


class TestAuthenticating:
    @pytest.mark.parametrize("secret", ["", "hr_" + "x" * 40, "\x00", "\N{SNOWMAN}"])
    async def test_a_secret_that_nobody_was_given_opens_nothing(
        self, steps: Steps, secret: str
    ) -> None:
        with pytest.raises(Unauthenticated):
            await steps.authenticate(secret)

    async def test_a_key_expires_when_its_time_comes(self, steps: Steps) -> None:
        admin = await steps.newcomer(Role.ADMIN)
        ends = NOON + timedelta(seconds=10)
        issued = await steps.issue(admin, name="laptop", roles=TEACHES, expires_at=ends)
        steps.clock.step(seconds=9.9)
        assert (await steps.authenticate(issued.secret.text)).roles == TEACHES
        steps.clock.step(seconds=0.1)
        with pytest.raises(Unauthenticated):
            await steps.authenticate(issued.secret.text)


class TestOpeningTheHouse:
    async def test_an_empty_house_gets_an_institution_and_a_key_that_may_everything(
        self, steps: Steps
    ) -> None:
        secret = await steps.open_house("Home")
        assert secret is not None
        actor = await steps.authenticate(secret.text)
        assert actor.roles == {Role.SUPER_ADMIN}
        (house,) = await steps.storage.people.institutions()
        assert (house.name, house.id) == ("Home", actor.institution_id)

    async def test_an_inhabited_house_is_left_alone(self, steps: Steps) -> None:
        await settle_in(steps.storage)
        assert await steps.open_house("Home") is None
        assert len(await steps.storage.people.institutions()) == 1

    async def test_a_chosen_key_is_made_once_even_in_an_inhabited_house(self, steps: Steps) -> None:
        house = await settle_in(steps.storage)
        assert await steps.open_house("Home", CHOSEN) == KeySecret(CHOSEN)
        assert await steps.open_house("Home", CHOSEN) is None
        assert (await steps.authenticate(CHOSEN)).institution_id == house.id
        page = await steps.storage.record.entries(EntryFilter(reach=house.id), CursorRequest())
        assert [one.action for one in page.items] == ["people.open_house"]

    async def test_a_chosen_key_that_could_be_guessed_opens_nothing(self, steps: Steps) -> None:
        with pytest.raises(BadApiKey):
            await steps.open_house("Home", "hr_short")
        assert list(await steps.storage.people.institutions()) == []

    async def test_of_two_who_open_it_at_once_one_holds_the_key(self, steps: Steps) -> None:
        held = await asyncio.gather(*(steps.open_house("Home") for _ in range(4)))
        keys = [secret for secret in held if secret is not None]
        assert len(keys) == 1
        assert len((await steps.storage.people.keys(EVERYTHING, reach=None)).items) == 1

    async def test_who_is_overtaken_between_looking_and_adding_leaves_it_to_the_other(
        self, steps: Steps
    ) -> None:
        late = attrs.evolve(steps.open_house, start=lambda: OvertakenUnit(steps))
        assert await late("Home") is None
        assert len((await steps.storage.people.keys(EVERYTHING, reach=None)).items) == 1


class OvertakenUnit:
    """A unit of one process, while another opens the same empty house."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._unit = steps.storage.start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def __aenter__(self) -> Any:
        await self._unit.__aenter__()
        return self

    async def __aexit__(self, *left: Any) -> None:
        await self._unit.__aexit__(*left)

    @property
    def institutions(self) -> Any:
        return self

    async def first(self) -> object:
        seen = await self._unit.institutions.first()
        assert await self._steps.open_house("Home") is not None
        return seen

    async def add(self, institution: Institution) -> None:
        await self._unit.institutions.add(institution)
