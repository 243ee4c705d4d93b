"""The promises of a learning platform's door: it proves its own, and is never wrong for them."""

import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import attrs
import pytest

from homeroom.people.errors import ElsewhereFirst, LmsUnavailable, WrongCredentials
from homeroom.people.ports.lms import Enrolment, LmsDoor
from homeroom_testing.conformance.contract import Conformance

PASSWORD = "plums on a warm roof"


@attrs.frozen(kw_only=True)
class Learner:
    """Somebody whom the platform is to know."""

    name: str
    password: str = PASSWORD
    email: str
    confirmed: bool = True
    must_act: bool = False
    """They have to do something there before they are let in."""

    courses: Sequence[Enrolment] = ()


ANA = Learner(
    name="ana",
    email="ana@school.edu",
    courses=[Enrolment(2, teaches=True), Enrolment(5, teaches=False)],
)
BEN = Learner(name="ben", password="another warm roof", email="ben@school.edu")


class Campus(Protocol):
    """The platform behind the door, as the suite needs it."""  # no port: tests alone have one

    def settle(self, learner: Learner) -> None:
        """From now on they are there."""

    def fall_silent(self) -> None:
        """From now on it answers nobody."""

    def tell_no_courses(self) -> None:
        """From now on nothing about courses can be read."""


class LmsDoorConformance(Conformance):
    """Subclass, provide the two fixtures, inherit the proof."""

    @pytest.fixture
    def campus(self) -> Campus:
        """An empty platform."""
        raise NotImplementedError("return a platform that nobody is at")

    @pytest.fixture
    def door(self) -> LmsDoor:
        """Its door, which believes its addresses."""
        raise NotImplementedError("return the door of `campus`")

    @pytest.fixture(autouse=True)
    def _settled(self, campus: Campus) -> None:
        campus.settle(ANA)
        campus.settle(BEN)

    async def test_whoever_has_the_password_is_told_as_they_are_there(self, door: LmsDoor) -> None:
        account = await door.prove("ana", PASSWORD)
        assert (account.user_name, account.email) == ("ana", "ana@school.edu")
        assert (account.first_name, account.last_name) == ("Ana", "Reyes")
        assert account.site

    async def test_a_subject_is_one_account_s_for_ever(self, door: LmsDoor) -> None:
        first, again = [await door.prove("ana", PASSWORD) for _ in range(2)]
        ben = await door.prove("ben", BEN.password)
        assert first.subject == again.subject
        assert ben.subject != first.subject

    @pytest.mark.parametrize("name", ["ana", "nobody"])
    @pytest.mark.parametrize("wrong", ["wrong", "another warm roof", PASSWORD + " ", "ü" * 300])
    async def test_whoever_has_not_is_refused_alike_and_unquoted(
        self, door: LmsDoor, name: str, wrong: str
    ) -> None:
        refused = await _refusal(WrongCredentials, lambda: door.prove(name, wrong))
        assert type(refused) is WrongCredentials
        assert refused.message == WrongCredentials().message
        assert wrong not in _whole(refused)

    async def test_a_right_password_is_not_enough_for_who_has_to_act_there_first(
        self, door: LmsDoor, campus: Campus
    ) -> None:
        campus.settle(Learner(name="eve", email="eve@school.edu", must_act=True))
        with pytest.raises(ElsewhereFirst):
            await door.prove("eve", PASSWORD)
        refused = await _refusal(WrongCredentials, lambda: door.prove("eve", "wrong"))
        assert type(refused) is WrongCredentials

    async def test_an_address_that_was_not_confirmed_is_not_told(
        self, door: LmsDoor, campus: Campus
    ) -> None:
        campus.settle(Learner(name="eve", email="dean@school.edu", confirmed=False))
        assert (await door.prove("eve", PASSWORD)).email is None

    async def test_what_somebody_may_is_not_shown(self, door: LmsDoor) -> None:
        account = await door.prove("ana", PASSWORD)
        assert account.token
        assert account.token not in repr(account)

    async def test_courses_are_told_with_who_teaches(self, door: LmsDoor) -> None:
        found = await door.courses(await door.prove("ana", PASSWORD))
        assert sorted(found, key=lambda one: one.course) == list(ANA.courses)

    async def test_who_is_in_no_course_is_in_none(self, door: LmsDoor) -> None:
        assert list(await door.courses(await door.prove("ben", BEN.password))) == []

    async def test_courses_that_cannot_be_read_are_not_said_to_be_none(
        self, door: LmsDoor, campus: Campus
    ) -> None:
        account = await door.prove("ana", PASSWORD)
        campus.tell_no_courses()
        assert (await door.prove("ana", PASSWORD)).subject == account.subject
        refused = await _refusal(LmsUnavailable, lambda: door.courses(account))
        assert account.token not in _whole(refused)

    async def test_a_token_that_counts_no_more_is_not_taken_for_no_courses(
        self, door: LmsDoor
    ) -> None:
        account = await door.prove("ana", PASSWORD)
        never = attrs.evolve(account, token="f" * 32)
        refused = await _refusal(LmsUnavailable, lambda: door.courses(never))
        assert never.token not in _whole(refused)

    async def test_while_nobody_answers_nobody_is_wrong(
        self, door: LmsDoor, campus: Campus
    ) -> None:
        account = await door.prove("ana", PASSWORD)
        await door.ping()
        campus.fall_silent()
        asked: list[Callable[[], Awaitable[object]]] = [
            lambda: door.prove("ana", PASSWORD),
            lambda: door.prove("ana", "a wrong one"),
            lambda: door.courses(account),
            door.ping,
        ]
        for ask in asked:
            told = _whole(await _refusal(LmsUnavailable, ask))
            assert not any(it in told for it in (PASSWORD, "a wrong one", account.token))


async def _refusal(
    kind: type[Exception], ask: Callable[[], Awaitable[object]]
) -> WrongCredentials | LmsUnavailable:
    with pytest.raises(kind) as refused:
        await ask()
    assert isinstance(refused.value, WrongCredentials | LmsUnavailable)
    return refused.value


def _whole(refused: Exception) -> str:
    """All that anybody could log of it, without the lines of source that led there."""
    said: list[str] = []
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(refused)
    while told is not None:
        said.extend(told.format_exception_only())
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return "".join(said)
