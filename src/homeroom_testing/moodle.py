"""A Moodle on loopback: it answers as a real one was recorded to, and is as moody as a test asks.

async with open_moodle() as moodle:
    ana = moodle.enrol(Member(name="ana", password="plums on a warm roof", roles={2: "student"}))
    ... sign in at moodle.url ...
    assert moodle.asked == ["login", "core_webservice_get_site_info", ...]

It knows what is asked when somebody signs in; any other function is unknown to it, in its words.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

import attrs

from homeroom_testing.liars import Heard, Lie, lying, say
from homeroom_testing.scripted import Slow, Turn, Turns

SERVICE = "moodle_mobile_app"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
Form = Mapping[str, str]


@cache
def _text(name: str) -> str:
    return files("homeroom_testing").joinpath("recorded", "moodle", f"{name}.json").read_text()


def recorded(name: str, **changed: object) -> dict[str, Any]:
    """What a real Moodle answered once, and what is *changed* of it."""
    return {**json.loads(_text(name)), **changed}


@attrs.define(kw_only=True)
class Member:
    """Somebody with an account there."""

    name: str
    password: str = attrs.field(repr=False)
    first_name: str = "Ana"
    last_name: str = "Reyes"
    email: str = "ana@school.edu"
    confirmed: bool = True
    refused_as: str = ""
    """The word by which they are sent away although their password is right."""

    roles: Mapping[int, str] = attrs.field(factory=dict[int, str])
    """What they are in each course, by its number."""

    number: int = 0
    token: str = attrs.field(factory=lambda: secrets.token_hex(16), repr=False)


@attrs.define
class Moodle:
    """The stand-in while it runs."""

    url: str = ""
    wwwroot: str = "https://moodle.school.edu"
    """What it calls its own address, wherever it is reached."""

    rest: bool = True
    """Whether its web services are switched on."""

    withheld: set[str] = attrs.field(factory=set[str])
    """Functions that its service does not offer."""

    asked: list[str] = attrs.field(factory=list[str], init=False)
    """What was asked, in the order of arrival."""

    paths: list[str] = attrs.field(factory=list[str], init=False)
    _members: dict[str, Member] = attrs.field(factory=dict, init=False, alias="members")
    _turns: Turns = attrs.field(factory=lambda: Turns(200), init=False, alias="turns")

    def enrol(self, member: Member) -> Member:
        """From now on they are there."""
        member.number = member.number or len(self._members) + 3
        self._members[member.name] = member
        return member

    def say(self, *turns: Turn | Slow, then: Turn | Slow | None = None) -> None:
        """Say these in turn to the next requests, and *then* for ever; None is as usual."""
        self._turns.say(*turns, then=then)

    async def answer(self, writer: asyncio.StreamWriter, heard: Heard) -> None:
        """Whatever is asked at the port is answered here."""
        form = {name: values[-1] for name, values in _read(heard).items()}
        self.paths.append(heard.path)
        self.asked.append(form.get("wsfunction", "login"))
        seconds, turn = self._turns.take()
        if seconds:
            await asyncio.sleep(seconds)
        await self._in_turn(turn, heard, form)(writer, heard)

    def _in_turn(self, turn: Turn, heard: Heard, form: Form) -> Lie:
        if not isinstance(turn, int):
            assert callable(turn), "a Moodle knows no limits"
            return turn
        if turn != 200:
            return say(turn, {"Content-Type": "text/html"}, b"<html>Error</html>")
        if (heard.method, heard.path) == ("POST", "/login/token.php"):
            return _said(self._let_in(form))
        if (heard.method, heard.path) == ("POST", "/webservice/rest/server.php"):
            return _said(self._serve(form))
        return say(404, {"Content-Type": "text/html"}, b"<html>Not found</html>")

    def _let_in(self, form: Form) -> object:
        """`username` is trimmed and written small, as a real one does."""
        if not self.rest:
            return _no_login("enablewsdescription", "Web services must be enabled")
        if form.get("service") != SERVICE:
            return _no_login("servicenotavailable", "The service is not available")
        member = self._members.get(form.get("username", "").strip().lower())
        if member is None or form.get("password", "").replace("\0", "") != member.password:
            return recorded("login_refused")
        if member.refused_as:
            return _no_login(member.refused_as, "Please see to it in your browser")
        return {"token": member.token, "privatetoken": None}

    def _serve(self, form: Form) -> object:
        if not self.rest:
            return recorded("invalidtoken", errorcode="enablewsdescription")
        token, function = form.get("wstoken"), form.get("wsfunction", "")
        member = next((one for one in self._members.values() if one.token == token), None)
        if member is None or form.get("moodlewsrestformat") != "json":
            return recorded("invalidtoken")
        if function in self.withheld:
            kind = "core_external\\webservice_access_exception"
            return {"exception": kind, "errorcode": "accessexception", "message": "No access"}
        known = {
            "core_webservice_get_site_info": self._site_info,
            "core_user_get_users_by_field": _user,
            "core_enrol_get_users_courses": _courses,
            "core_user_get_course_user_profiles": _profile,
        }
        answered = known.get(function)
        return answered(member, form) if answered else recorded("unknown_function")

    def _site_info(self, member: Member, _: Form) -> object:
        return recorded(
            "site_info",
            siteurl=self.wwwroot,
            userid=member.number,
            username=member.name,
            firstname=member.first_name,
            lastname=member.last_name,
            fullname=f"{member.first_name} {member.last_name}",
            userissiteadmin=False,
        )


def _user(member: Member, form: Form) -> object:
    if (form.get("field"), form.get("values[0]")) != ("id", str(member.number)):
        return []
    return [recorded("user", **_own(member), confirmed=member.confirmed)]


def _courses(member: Member, form: Form) -> object:
    if form.get("userid") != str(member.number):
        return []
    return [recorded("course", id=course) for course in member.roles]


def _profile(member: Member, form: Form) -> object:
    course = int(form.get("userlist[0][courseid]", "0"))
    role = member.roles.get(course)
    if role is None or form.get("userlist[0][userid]") != str(member.number):
        return []
    roles = [{"roleid": 5, "name": "", "shortname": role, "sortorder": 0}] if role else []
    return [recorded("member", **_own(member), roles=roles)]


def _own(member: Member) -> dict[str, object]:
    return {
        "id": member.number,
        "username": member.name,
        "firstname": member.first_name,
        "lastname": member.last_name,
        "fullname": f"{member.first_name} {member.last_name}",
        "email": member.email,
    }


def _no_login(code: str, words: str) -> object:
    return recorded("login_refused", errorcode=code, error=words)


def _read(heard: Heard) -> Mapping[str, list[str]]:
    return parse_qs(heard.body.decode(), keep_blank_values=True)


def _said(content: object) -> Lie:
    return say(200, _JSON, json.dumps(content).encode())


@asynccontextmanager
async def open_moodle() -> AsyncIterator[Moodle]:
    """A Moodle on a free port of loopback, until the block is left."""
    moodle = Moodle()
    async with lying({}, otherwise=moodle.answer) as port:
        moodle.url = port.url("")
        yield moodle
