"""Signing in with the password of a Moodle, which says who it is and what they do there."""

import attrs

from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rights import Role
from homeroom.kernel.sealing import Sealer
from homeroom.people.errors import LmsUnavailable, WrongCredentials
from homeroom.people.model.persons import Person
from homeroom.people.ports.hashing import PasswordHasher
from homeroom.people.ports.lms import LmsAccount, LmsDoor
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleQueries
from homeroom.people.ports.strategies import Attempt
from homeroom.people.use_cases.welcoming import Courses, Proven, Welcome

LMS_TOKENS = "people.lms_token"
"""What the tokens of learning platforms are sealed for: no other secret's seal opens instead."""

_SHORTEST, _LONGEST = 1, 255
"""Of passwords that are sent: an empty one lets people in where directories are asked carelessly,
and no Moodle takes a longer one."""


@attrs.frozen
class Household:
    """Which institution people of a learning platform belong to."""

    queries: PeopleQueries
    named: str = ""
    """Its name, or its id; empty is the oldest one."""

    async def find(self) -> InstitutionId:
        """Raises `LmsUnavailable` if it is not there."""
        for one in await self.queries.institutions():
            if not self.named or self.named in {one.name, str(one.id)}:
                return one.id
        raise LmsUnavailable(
            "There is no such institution as moodle.institution names. Ask your operator."
        )


@attrs.frozen
class MoodlePassword:
    """The way of whoever is unknown here, or has no password here: their Moodle is asked."""

    door: LmsDoor
    welcome: Welcome
    household: Household
    hasher: PasswordHasher
    sealer: Sealer
    name: str = "moodle"
    priority: int = 100

    async def can_handle(self, attempt: Attempt) -> bool:
        known = await self._queries.by_name(attempt.name)
        return known is None or known.credential is None

    async def authenticate(self, attempt: Attempt) -> Person:
        """Raises `LmsUnavailable` while the Moodle cannot be asked: nobody was wrong then."""
        try:
            account = await self._proven(attempt)
            return await self.welcome.take(
                await self._all_about(account), await self.household.find()
            )
        except WrongCredentials:
            await self.hasher.check(attempt.password, None)  # as slow as a password of our own
            raise

    async def _proven(self, attempt: Attempt) -> LmsAccount:
        known = await self._queries.by_name(attempt.name)
        theirs = known is None or known.credential is None
        if not theirs or not _can_be_sent(attempt.password):
            raise WrongCredentials
        return await self.door.prove(attempt.name, attempt.password)

    async def _all_about(self, account: LmsAccount) -> Proven:
        courses = await self._courses(account)
        return Proven(
            provider=self.name,
            subject=account.subject,
            user_name=account.user_name,
            first_name=account.first_name,
            last_name=account.last_name,
            email=account.email,
            roles=None if courses is None else _roles(courses),
            sealed=self.sealer.seal(account.token, purpose=LMS_TOKENS),
            courses=courses,
        )

    async def _courses(self, account: LmsAccount) -> Courses | None:
        """None if they cannot be read: that stops nobody, and what was known before stays."""
        try:
            found = await self.door.courses(account)
        except LmsUnavailable:
            return None
        teaches = frozenset(one.course for one in found if one.teaches)
        return Courses(teaches=teaches, attends=frozenset(one.course for one in found) - teaches)

    @property
    def _queries(self) -> PersonQueries:
        return self.welcome.queries


def _roles(courses: Courses) -> frozenset[Role]:
    """Whoever teaches in any course is a teacher; nobody is more because a platform says so."""
    return frozenset({Role.TEACHER if courses.teaches else Role.STUDENT})


def _can_be_sent(password: str) -> bool:
    return _SHORTEST <= len(password) <= _LONGEST and "\x00" not in password
