"""The doors of learning platforms sign their suite, and broken ones are caught."""

from collections.abc import AsyncIterator, Sequence

import attrs
import pytest
from over_http_ground import open_house

from homeroom.people.errors import LmsUnavailable, WrongCredentials
from homeroom.people.ports.lms import Enrolment, LmsAccount, LmsDoor, LmsSettings
from homeroom_adapters.memory.lms import MemoryLms, Pupil
from homeroom_adapters.moodle.door import open_door
from homeroom_testing.conformance.lms import Campus, Learner, LmsDoorConformance
from homeroom_testing.moodle import Member, Moodle, open_moodle
from homeroom_testing.sabotage import broken_clauses


@attrs.frozen
class MoodleCampus:
    """The stand-in, as the suite needs it."""

    moodle: Moodle

    def settle(self, learner: Learner) -> None:
        self.moodle.enrol(
            Member(
                name=learner.name,
                password=learner.password,
                email=learner.email,
                confirmed=learner.confirmed,
                refused_as="forcepasswordchangenotice" if learner.must_act else "",
                roles={
                    one.course: "editingteacher" if one.teaches else "student"
                    for one in learner.courses
                },
            )
        )

    def fall_silent(self) -> None:
        self.moodle.say(then=503)

    def tell_no_courses(self) -> None:
        self.moodle.withheld |= {"core_user_get_course_user_profiles"}


@pytest.mark.adapter("moodle")
class TestMoodle(LmsDoorConformance):
    @pytest.fixture
    async def moodle(self) -> AsyncIterator[Moodle]:
        async with open_moodle() as opened:
            yield opened

    @pytest.fixture
    def campus(self, moodle: Moodle) -> Campus:
        return MoodleCampus(moodle)

    @pytest.fixture
    async def door(self, moodle: Moodle) -> AsyncIterator[LmsDoor]:
        async with (
            open_house() as (ambient, out),
            open_door(LmsSettings(url=moodle.url), ambient, out) as door,
        ):
            yield door

    async def test_who_only_oversees_a_course_neither_teaches_nor_attends_it(
        self, moodle: Moodle, door: LmsDoor
    ) -> None:
        roles = {2: "manager", 3: "coursecreator", 5: "teacher"}
        moodle.enrol(Member(name="ana", password="plums on a roof", roles=roles))
        found = await door.courses(await door.prove("ana", "plums on a roof"))
        assert list(found) == [Enrolment(5, teaches=True)]


@attrs.frozen
class MemoryCampus:
    """The one in memory, as the suite needs it."""

    lms: MemoryLms

    def settle(self, learner: Learner) -> None:
        self.lms.settle(
            Pupil(
                name=learner.name,
                password=learner.password,
                email=learner.email,
                is_confirmed=learner.confirmed,
                must_act=learner.must_act,
                courses=learner.courses,
            )
        )

    def fall_silent(self) -> None:
        self.lms.silent = True

    def tell_no_courses(self) -> None:
        self.lms.reserved = True


class InMemory(LmsDoorConformance):
    kind: type[MemoryLms] = MemoryLms

    @pytest.fixture
    def door(self) -> MemoryLms:
        return self.kind(LmsSettings(url="https://moodle.example"))

    @pytest.fixture
    def campus(self, door: MemoryLms) -> Campus:
        return MemoryCampus(door)


@pytest.mark.adapter("memory")
class TestInMemory(InMemory):
    pass


class BelievesAnything(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        pupil = self._pupils.get(name)
        return await super().prove(name, pupil.password if pupil else password)


class TellsWhoIsThere(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        self._expect_an_answer()
        if name not in self._pupils:
            raise WrongCredentials("there is nobody of this name")
        return await super().prove(name, password)


class QuotesPasswords(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        try:
            return await super().prove(name, password)
        except WrongCredentials as refused:
            raise refused from ValueError(password)


class SaysWrongWhenNobodyAnswers(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        try:
            return await super().prove(name, password)
        except LmsUnavailable:
            raise WrongCredentials from None


class NamesThemAnew(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        account = await super().prove(name, password)
        return attrs.evolve(account, subject=account.token)


class NamesThemAlike(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        return attrs.evolve(await super().prove(name, password), subject="3")


class BelievesEveryAddress(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        return attrs.evolve(await super().prove(name, password), email=self._pupils[name].email)


class LetsEverybodyIn(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        if name in self._pupils:
            self._pupils[name].must_act = False
        return await super().prove(name, password)


@attrs.frozen(kw_only=True)
class Talkative(LmsAccount):
    """Shows what it holds."""

    token: str


class ShowsTokens(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        account = await super().prove(name, password)
        return Talkative(**attrs.asdict(account))


class SaysNothingIsNone(MemoryLms):
    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        try:
            return await super().courses(account)
        except LmsUnavailable:
            return []


class AsksForNobody(MemoryLms):
    """Knows whose courses they are without a token that counts."""

    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        newest = list(self._tokens)[-1]
        return await super().courses(attrs.evolve(account, token=newest))


class TakesAllForStudents(MemoryLms):
    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        return [attrs.evolve(one, teaches=False) for one in await super().courses(account)]


class GivesEverybodyACourse(MemoryLms):
    async def courses(self, account: LmsAccount) -> Sequence[Enrolment]:
        return [*await super().courses(account)] or [Enrolment(1, teaches=False)]


class NamesNobody(MemoryLms):
    async def prove(self, name: str, password: str) -> LmsAccount:
        return attrs.evolve(await super().prove(name, password), first_name="", last_name="")


def sabotaged(kind: type[MemoryLms]) -> type[LmsDoorConformance]:
    return type(f"With{kind.__name__}", (InMemory,), {"kind": kind})


CAUGHT_BY: dict[type[LmsDoorConformance], str] = {
    sabotaged(BelievesAnything): "test_whoever_has_not_is_refused_alike_and_unquoted",
    sabotaged(TellsWhoIsThere): "test_whoever_has_not_is_refused_alike_and_unquoted",
    sabotaged(QuotesPasswords): "test_whoever_has_not_is_refused_alike_and_unquoted",
    sabotaged(SaysWrongWhenNobodyAnswers): "test_while_nobody_answers_nobody_is_wrong",
    sabotaged(NamesThemAnew): "test_a_subject_is_one_account_s_for_ever",
    sabotaged(NamesThemAlike): "test_a_subject_is_one_account_s_for_ever",
    sabotaged(BelievesEveryAddress): "test_an_address_that_was_not_confirmed_is_not_told",
    sabotaged(LetsEverybodyIn): (
        "test_a_right_password_is_not_enough_for_who_has_to_act_there_first"
    ),
    sabotaged(ShowsTokens): "test_what_somebody_may_is_not_shown",
    sabotaged(SaysNothingIsNone): "test_courses_that_cannot_be_read_are_not_said_to_be_none",
    sabotaged(AsksForNobody): "test_a_token_that_counts_no_more_is_not_taken_for_no_courses",
    sabotaged(TakesAllForStudents): "test_courses_are_told_with_who_teaches",
    sabotaged(GivesEverybodyACourse): "test_who_is_in_no_course_is_in_none",
    sabotaged(NamesNobody): "test_whoever_has_the_password_is_told_as_they_are_there",
}


@pytest.mark.parametrize(("saboteur", "clause"), CAUGHT_BY.items())
def test_the_clause_named_for_it_catches(saboteur: type[LmsDoorConformance], clause: str) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}
