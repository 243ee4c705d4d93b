"""One call to a Moodle: a form goes there, JSON comes back, and a refusal is a word in it."""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode

import attrs

from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest
from homeroom.people.errors import LmsUnavailable
from homeroom.people.ports.lms import LmsSettings

_MOST = 2 * 1024 * 1024
"""Bytes of answer: a Moodle lists what it can do whenever it says who somebody is."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,60}")


class Refused(Exception):
    """The Moodle understood, and will not; *code* is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@attrs.frozen
class Calls:
    """Asks a Moodle. Nothing that goes there, and nothing that comes back, is ever quoted."""

    outbound: Outbound
    settings: LmsSettings

    async def token(self, name: str, password: str) -> str:
        """Raises `Refused`, and `LmsUnavailable` if it cannot be asked or understood."""
        form = {"username": name, "password": password, "service": self.settings.service}
        match await self._post("/login/token.php", form):
            case {"token": str(token)} if token:
                return token
        raise _unreadable()

    async def ask(self, token: str, function: str, params: Mapping[str, object]) -> object:
        """What *function* answers. Raises as `token` does."""
        form = {"wstoken": token, "wsfunction": function, "moodlewsrestformat": "json"}
        return await self._post("/webservice/rest/server.php", {**form, **params})

    async def _post(self, path: str, form: Mapping[str, object]) -> object:
        request = OutboundRequest(
            method="POST",
            url=self.settings.url.rstrip("/") + path,
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=_encoded(form),
            idempotent=True,  # whoever signs in twice gets the same token, and all else only looks
            deadline=self.settings.timeout,
            max_body=_MOST,
        )
        try:
            answer = await self.outbound.send(request)
        except Refusal as refusal:
            wait: float | None = getattr(refusal, "retry_after", None)
            raise LmsUnavailable(retry_after=wait) from refusal
        return _read(answer)


def _encoded(form: Mapping[str, object]) -> bytes:
    """Raises `Refused` for what is no text: nobody is called so, and no password is."""
    try:
        return urlencode(form).encode()
    except UnicodeEncodeError:
        raise Refused("invalidlogin") from None


def _read(answer: OutboundAnswer) -> object:
    """A Moodle refuses with status 200: what counts is the word in the answer."""
    try:
        read: object = json.loads(answer.body) if answer.ok else None
    except (ValueError, RecursionError):
        raise _unreadable() from None  # the cause would quote it
    match read:
        case {"exception": _, "errorcode": code} | {"error": _, "errorcode": code}:
            raise Refused(code if isinstance(code, str) and _WORD.fullmatch(code) else "unknown")
        case None:
            raise _unreadable()
    return read


def _unreadable() -> LmsUnavailable:
    return LmsUnavailable(
        "The learning platform answered something that is no answer of a Moodle's. Try again later."
    )
