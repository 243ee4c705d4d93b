"""The pages behind the links of letters: whoever holds a ticket chooses a password in a browser.

A link has its secret behind `#`. What looks at links, as mail scanners do, is shown a form and
spends nothing; a script of ours puts the secret into the form and takes it out of the address.
Without scripts the form asks for the link itself. The secret is in the body of one request, and
so in no log, no history, no number and no `Referer`.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import attrs
from litestar import Controller, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import SkipValidation
from litestar.static_files import create_static_files_router

from homeroom.kernel.errors import Invalid, Problem, Refusal
from homeroom.people.errors import BadPassword
from homeroom.people.model.persons import Person
from homeroom.people.model.tickets import TicketKind
from homeroom.people.use_cases.posting import PAGES
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House
from homeroom_entrypoints.web.errors import ProblemDetails, on_crash, on_http_error, on_refusal
from homeroom_entrypoints.web.ticket_html import Leaf, Writer

_ASSETS = "/pages"
_INVITATION, _RESET = (f"/{PAGES[kind]}" for kind in (TicketKind.INVITATION, TicketKind.RESET))
ADDRESSES = frozenset({_INVITATION, _RESET})
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What the pages may do: load our script and our style, and send their form to us."""

_MOST_FIELDS = 10
_CALLED = {"token": "link"}

AllPages: TypeAlias = SkipValidation[NamedDependency[Writer]]
Redeem = Callable[[str, str], Awaitable[Person]]


@attrs.frozen
class _Choice:
    """What somebody filled in."""

    token: str = attrs.field(repr=False)
    password: str = attrs.field(repr=False)
    again: str = attrs.field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> "_Choice":
        """A field that is there twice says nothing. The whole link may stand for its token."""
        try:
            form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            form = {}
        said = {name: told[0] for name, told in form.items() if len(told) == 1}
        token = said.get("token", "").rpartition("#token=")[2].strip()
        return cls(token, said.get("password", ""), said.get("again", ""))

    def check(self) -> None:
        """Raises `Invalid` for what cannot be sent on."""
        if not self.token:
            raise Invalid(problems=[Problem("token", "is missing: it is in your letter")])
        if self.password != self.again:
            why = "was written in two ways; write the same twice"
            raise BadPassword(problems=[Problem("password", why)])


def pages_for(root_path: str, sign_in_url: str) -> Writer:
    return Writer(assets=root_path + _ASSETS, sign_in_url=sign_in_url)


def page_assets() -> Router:
    """The script and the style of the pages: no other host is asked."""
    directory = Path(__file__).parent / "pages"
    return create_static_files_router(_ASSETS, directories=[directory], include_in_schema=False)


def _html(html: str, status: int = 200, **headers: str) -> Response[str]:
    kept_by_nobody = {"Cache-Control": "no-store", **headers}
    return Response(html, status_code=status, media_type="text/html", headers=kept_by_nobody)


def _leaf_of(request: ApiRequest) -> Leaf:
    return Leaf.INVITATION if request.scope["path"] == _INVITATION else Leaf.RESET


@attrs.frozen
class _Refusing:
    """Says what the API would say, for people to read."""

    writer: Writer

    def refusal(self, request: ApiRequest, refusal: Refusal) -> Response[str]:
        return self._page(request, on_refusal(request, refusal))

    def http_error(self, request: ApiRequest, error: HTTPException) -> Response[str]:
        return self._page(request, on_http_error(request, error))

    def crash(self, request: ApiRequest, error: Exception) -> Response[str]:
        return self._page(request, on_crash(request, error))

    def _page(self, request: ApiRequest, problem: Response[ProblemDetails]) -> Response[str]:
        told, leaf = problem.content, _leaf_of(request)
        html = self.writer.refused(leaf, told.detail, code=told.code, trace_id=told.trace_id)
        return _html(html, told.status, **problem.headers)


def refusing(writer: Writer) -> dict[int | type[Exception], Any]:
    """How refusals are told on the pages."""
    pages = _Refusing(writer)
    return {Refusal: pages.refusal, HTTPException: pages.http_error, Exception: pages.crash}


async def _choose(
    request: ApiRequest, redeem: Redeem, pages: Writer, doorkeeper: Doorkeeper
) -> Response[str]:
    """A password that is refused costs no ticket: the form is there again, and has the token."""
    choice, leaf = _Choice.read(await request.body()), _leaf_of(request)
    try:
        choice.check()
        person = await redeem(choice.token, choice.password)
    except Invalid as refusal:
        return _html(pages.form(leaf, token=choice.token, problems=_told(refusal)), 400)
    doorkeeper.forget_everyone()
    return _html(pages.done(person.identity.user_name))


def _told(refusal: Invalid) -> list[str]:
    lines = [f"The {_CALLED.get(one.field, one.field)} {one.message}." for one in refusal.problems]
    return lines or [refusal.message]


class TicketPageController(Controller):
    """One page for each kind of ticket: looked at it is a form, and sent it is done."""

    include_in_schema = False

    @get(_INVITATION)
    async def invitation(self, pages: AllPages) -> Response[str]:
        return _html(pages.form(Leaf.INVITATION))

    @post(_INVITATION, status_code=200)
    async def accept(
        self,
        request: ApiRequest,
        homeroom: House,
        pages: AllPages,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> Response[str]:
        return await _choose(request, homeroom.people.accept_invitation, pages, doorkeeper)

    @get(_RESET)
    async def forgotten(self, pages: AllPages) -> Response[str]:
        return _html(pages.form(Leaf.RESET))

    @post(_RESET, status_code=200)
    async def reset(
        self,
        request: ApiRequest,
        homeroom: House,
        pages: AllPages,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> Response[str]:
        return await _choose(request, homeroom.people.reset_password, pages, doorkeeper)
