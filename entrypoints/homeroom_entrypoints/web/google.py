"""Signing in with Google over HTTP: a browser goes there, and comes back with a code.

It comes back to us, or to a page that sent it there itself and brings us the code.

What it keeps meanwhile is one cookie, its ticket: no script reads it, it counts for minutes, and it
is taken away whatever comes of it. It is `SameSite=Lax`, for it has to come along when Google sends
the browser back; no other cookie of ours does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from homeroom.kernel.errors import Invalid, Problem, Refusal
from homeroom.people.model.openid import LASTS, LONGEST_RETURN
from homeroom.people.model.sessions import Device
from homeroom.people.ports.openid import LONGEST_CODE, LONGEST_ID_TOKEN, IdToken
from homeroom.people.ports.openid import Code as BroughtCode
from homeroom.people.use_cases.openid import Begun, Returned
from homeroom.people.use_cases.signing_in import SignedIn
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.answers import Answer
from homeroom_entrypoints.web.browsers import AllBrowsers
from homeroom_entrypoints.web.cookies import Cookies
from homeroom_entrypoints.web.development import AllDevelopers
from homeroom_entrypoints.web.devices import AllCallers, device_of
from homeroom_entrypoints.web.documentation import refusals
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.errors import ProblemDetails, on_refusal
from homeroom_entrypoints.web.sign_in import Hand, secret, telling
from homeroom_entrypoints.web.sign_in_wire import SignedInAnswer
from homeroom_entrypoints.web.wire import TellingSecrets, Wire

_LONGEST_OTHER = 2_048


class GoogleBody(Wire, frozen=True, kw_only=True):
    """Says where to go afterwards, to begin; or brings a `code`, from a page that began itself."""

    return_to: Annotated[str, msgspec.Meta(max_length=LONGEST_RETURN)] = ""
    """The path of this site to go to afterwards, with the session in cookies."""

    code: Annotated[str, msgspec.Meta(max_length=LONGEST_CODE)] | None = None
    """What Google gave a page for us, which sent its browser there itself."""

    credential: Annotated[str, msgspec.Meta(max_length=LONGEST_ID_TOKEN)] | None = None
    """The ID token that a button of Google's gave a page; in place of `code`, and once."""

    code_verifier: Annotated[str, msgspec.Meta(max_length=_LONGEST_OTHER)] = ""
    """What that page made before (RFC 7636): 43 to 128 characters. Needed beside `code`."""

    redirect_uri: Annotated[str, msgspec.Meta(max_length=_LONGEST_OTHER)] = ""
    """Where Google sent that browser back to: one of `google.pages`, the first if not said."""

    nonce: Annotated[str, msgspec.Meta(max_length=_LONGEST_OTHER)] = ""
    """What the page asked with, if it did: then the ID token answers it."""

    state: Annotated[str, msgspec.Meta(max_length=_LONGEST_OTHER)] = ""
    """For clients that send it along; the page has compared it already."""

    cookies: bool = False
    """For a browser: the tokens come as cookies, which no script reads, and not in the answer."""

    dev_fallback: bool = False
    """Let in whoever develops on this machine, without a proof; never in production."""

    def __post_init__(self) -> None:
        if self.code is not None and self.return_to:
            raise ValueError("say `returnTo` to begin, or a `code` that came back, and not both")
        beside = (self.code, self.return_to, self.code_verifier, self.redirect_uri)
        if self.credential is not None and any(beside):
            raise ValueError("say a `credential` alone, or a `code` with what belongs to it")

    def lacks(self, *, set_up: bool) -> str:
        """Why whoever develops cannot prove who they are; empty if they may yet."""
        if self.dev_fallback:
            return "flag_request"
        if not set_up:
            return "missing_google_config"
        if self.code == "" or self._is_half:
            return "missing_code"
        return "missing_pkce" if self.code is not None and not self.code_verifier else ""

    def expect_whole(self) -> None:
        """Raises `Invalid` for what comes with a code, without one."""
        if self._is_half:
            why = "is missing: say what came back; or `returnTo` alone, to begin"
            raise Invalid(problems=[Problem("code", why)])

    @property
    def _is_half(self) -> bool:
        said = (self.code_verifier, self.redirect_uri, self.nonce, self.state, self.cookies)
        return self.code is None and self.credential is None and any(said)

    @property
    def shown(self) -> IdToken | None:
        if self.credential is None:
            return None
        return IdToken(text=self.credential, nonce=self.nonce or None)

    @property
    def brought(self) -> BroughtCode | None:
        if self.code is None:
            return None
        return BroughtCode(
            text=self.code,
            verifier=self.code_verifier,
            nonce=self.nonce or None,
            redirect_url=self.redirect_uri,
        )


class BegunAnswer(TellingSecrets, frozen=True, kw_only=True):
    authorization_url: str
    expires_at: datetime
    """Until then somebody has to be back."""

    @classmethod
    def of(cls, begun: Begun) -> "BegunAnswer":
        return cls(authorization_url=begun.url, expires_at=begun.ends_at)


_NO_BODY = GoogleBody()
_NOTHING = IdToken(text="")
_THERE = "To Google, where somebody signs in."
_BACK = ResponseSpec(
    SignedInAnswer,
    generate_examples=False,
    description="To `returnTo`, with the session in cookies.",
)
T = TypeVar("T")

ReturnTo = Annotated[
    str,
    QueryParameter(
        name="returnTo",
        description="The path of this site to go to afterwards, with the session in cookies; "
        "without one, the tokens are in the answer of `callback`.",
    ),
]
Code = Annotated[str, QueryParameter(description="What Google gave the browser for us.")]
State = Annotated[str, QueryParameter(name="state", description="What it was sent there with.")]


def _name(secure: bool) -> str:
    return f"{'__Host-' if secure else ''}homeroom-google"


def _ticket(value: str, *, secure: bool, lasts: int) -> Cookie:
    return Cookie(
        key=_name(secure),
        value=value,
        max_age=lasts,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


_NO_TICKET = [_ticket("", secure=secure, lasts=0) for secure in (True, False)]
"""What makes a browser forget it, whichever of its names it has."""


def _sent(content: T, begun: Begun, cookies: Cookies) -> Answer[T]:
    """An answer that lays the ticket into the browser."""
    lasts = int(LASTS.total_seconds())
    return secret(content, [_ticket(begun.ticket, secure=cookies.secure, lasts=lasts)])


def _refused(request: ApiRequest, refusal: Refusal) -> Response[ProblemDetails]:
    """The refusal, and the ticket is gone: who was refused begins anew."""
    answer = on_refusal(request, refusal)
    answer.cookies.extend(_NO_TICKET)
    return answer


async def _let_in(homeroom: Homeroom, data: GoogleBody, device: Device) -> SignedIn:
    """Whoever brings a code, or shows what they were given."""
    if data.brought is not None:
        return await homeroom.people.sign_in_from_google_page(data.brought, device)
    return await homeroom.people.sign_in_with_id_token(data.shown or _NOTHING, device)


async def _told(signed_in: SignedIn, hand: Hand) -> tuple[SignedInAnswer, Sequence[Cookie]]:
    tokens, cookies = hand.over(signed_in.tokens)
    return await telling(hand.homeroom, signed_in, tokens), cookies


class GoogleController(Controller):
    """The way out to Google, and the way back."""

    path = "/auth/google"
    tags = ("auth",)
    security = ({},)

    @get(
        "",
        status_code=302,
        summary="Go to Google, and sign in there",
        response_description=_THERE,
        responses=refusals(400, 404, 429, 503),
    )
    async def go(
        self, homeroom: House, browsers: AllBrowsers, return_to: ReturnTo = ""
    ) -> Answer[None]:
        begun = await homeroom.people.begin_google(return_to)
        answer = _sent(None, begun, browsers.cookies)
        answer.headers["Location"] = begun.url
        return answer

    @post(
        "",
        status_code=200,
        summary="Where to go to sign in with Google; or, with a `code` from there, sign in",
        responses=refusals(400, 401, 403, 404, 413, 429, 503),
    )
    async def begin_or_bring(
        self,
        request: ApiRequest,
        homeroom: House,
        callers: AllCallers,
        browsers: AllBrowsers,
        developers: AllDevelopers,
        data: JSONBody[GoogleBody] = _NO_BODY,
    ) -> Answer[BegunAnswer | SignedInAnswer]:
        if data.cookies:
            browsers.expect_own_page(request.scope)
        hand = Hand(homeroom, browsers, request.scope, in_cookies=data.cookies)
        lacks = data.lacks(set_up=homeroom.plant.google is not None)
        if data.dev_fallback or (developers.are_let_in and lacks):
            told, cookies = await _told(await developers.let_in(request, lacks), hand)
            return secret(told.unproven(lacks), cookies)
        data.expect_whole()
        if data.shown is None and data.brought is None:
            begun = await homeroom.people.begin_google(data.return_to)
            return _sent(BegunAnswer.of(begun), begun, browsers.cookies)
        signed_in = await _let_in(homeroom, data, device_of(request, callers))
        return secret(*await _told(signed_in, hand))

    @get(
        "/callback",
        summary="Come back from Google, signed in there",
        responses={303: _BACK, **refusals(400, 401, 403, 404, 429, 503)},
        exception_handlers={Refusal: _refused},
    )
    async def come_back(
        self,
        request: ApiRequest,
        homeroom: House,
        callers: AllCallers,
        browsers: AllBrowsers,
        code: Code = "",
        brought: State = "",
    ) -> Answer[SignedInAnswer]:
        ticket = browsers.cookies.read(request.scope, _name(browsers.cookies.secure))
        returned = Returned(code=code, state=brought, ticket=ticket)
        device = device_of(request, callers)
        back = await homeroom.people.sign_in_with_google(returned, device)
        hand = Hand(homeroom, browsers, request.scope, in_cookies=bool(back.return_to))
        told, cookies = await _told(back.signed_in, hand)
        answer = secret(told, [*cookies, *_NO_TICKET])
        if back.return_to:
            answer.status_code, answer.headers["Location"] = 303, back.return_to
        return answer
