"""Signing in over HTTP, and what everybody may ask about themselves."""

from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import attrs
from litestar import Controller, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import Scope

from homeroom.kernel.errors import Invalid, Problem, Unauthenticated
from homeroom.kernel.ids import SessionId
from homeroom.people.errors import RefreshTokenReused
from homeroom.people.model import rights
from homeroom.people.ports.strategies import Attempt
from homeroom.people.use_cases.signing_in import SignedIn, TokenPair
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.answers import Answer
from homeroom_entrypoints.web.bodies import told_as
from homeroom_entrypoints.web.browsers import AllBrowsers, Browsers
from homeroom_entrypoints.web.devices import AllCallers, device_of
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House, shows_secret
from homeroom_entrypoints.web.people_wire import (
    JwksAnswer,
    OwnPasswordBody,
    SessionAnswer,
    SessionsAnswer,
)
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.sign_in_wire import (
    CsrfAnswer,
    MeAnswer,
    RefreshBody,
    RefreshedAnswer,
    SignedInAnswer,
    SignedOutAnswer,
    SignInBody,
)

T = TypeVar("T")

Everywhere = Annotated[
    bool, QueryParameter(name="all", description="On every device, not on this one alone.")
]

_NO_TOKEN = RefreshBody()


class SignInController(Controller):
    """What needs no token, because it is how one gets one."""

    path = "/auth"
    tags = ("auth",)
    security = ({},)

    @post("/login", status_code=200, summary="Sign in with a user name and a password")
    async def login(
        self,
        data: JSONBody[SignInBody],
        request: ApiRequest,
        homeroom: House,
        callers: AllCallers,
        browsers: AllBrowsers,
    ) -> Answer[SignedInAnswer]:
        if data.cookies:
            browsers.expect_own_page(request.scope)
        device = device_of(request, callers)
        attempt = Attempt(name=data.name, password=data.password, device=device)
        signed_in = await homeroom.people.sign_in(attempt)
        hand = Hand(homeroom, browsers, request.scope, in_cookies=data.cookies)
        tokens, cookies = hand.over(signed_in.tokens)
        return secret(await telling(homeroom, signed_in, tokens), cookies)

    @post("/refresh", status_code=200, summary="Trade a refresh token, once, for the next pair")
    async def refresh(
        self,
        request: ApiRequest,
        homeroom: House,
        callers: AllCallers,
        browsers: AllBrowsers,
        doorkeeper: NamedDependency[Doorkeeper],
        data: JSONBody[RefreshBody] = _NO_TOKEN,
    ) -> Answer[RefreshedAnswer]:
        token, within = renewal(data, request.scope, browsers)
        if not token:
            raise Invalid(problems=[Problem("refreshToken", "is missing: say it, or sign in")])
        device = device_of(request, callers)
        try:
            pair = await homeroom.people.refresh(token, device, within=within)
        except RefreshTokenReused:
            doorkeeper.forget_everyone()
            raise
        in_cookies = data.refresh_token is None
        hand = Hand(homeroom, browsers, request.scope, in_cookies=in_cookies)
        return secret(*hand.over(pair))


class SelfController(Controller):
    """Everybody's own: who they are, where they are signed in, their password."""

    path = "/auth"
    tags = ("auth",)

    @get("/me", summary="Who I am", opt=asks(rights.OWN_ACCOUNT))
    async def me(self, request: ApiRequest, homeroom: House) -> MeAnswer:
        return MeAnswer.told(await homeroom.people.who_am_i(request.user))

    @get(
        "/csrf-token",
        summary="What a page shows beside its cookies to change something",
        opt=asks(rights.OWN_ACCOUNT),
    )
    async def csrf_token(
        self, request: ApiRequest, homeroom: House, browsers: AllBrowsers
    ) -> Answer[CsrfAnswer]:
        await homeroom.people.who_am_i(request.user)
        if request.user.session_id is None:
            raise Unauthenticated
        token = browsers.token_for(request.scope, request.user.session_id)
        asked_for = not shows_secret(request.scope)
        cookies = [browsers.cookies.countersigned(token)] if asked_for else []
        return secret(CsrfAnswer(csrf_token=token), cookies)

    @get("/sessions", summary="Where I am signed in, last used first", opt=asks(rights.OWN_ACCOUNT))
    async def sessions(self, request: ApiRequest, homeroom: House) -> SessionsAnswer:
        current = request.user.session_id
        found = await homeroom.people.list_sessions(request.user)
        return SessionsAnswer(data=[SessionAnswer.of(one, current) for one in found])

    @delete(
        "/sessions/{session_id:uuid}",
        summary="Sign out on one device",
        opt=asks(rights.OWN_ACCOUNT),
    )
    async def end_session(
        self,
        session_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> None:
        await homeroom.people.end_session(request.user, SessionId(session_id))
        doorkeeper.forget_everyone()

    @post(
        "/password",
        status_code=204,
        summary="Change my password; all sessions end",
        opt=asks(rights.OWN_ACCOUNT),
    )
    async def password(
        self,
        data: JSONBody[OwnPasswordBody],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> None:
        change = homeroom.people.change_own_password
        with told_as({"password": "newPassword"}):
            await change(request.user, old=data.old_password, new=data.new_password)
        doorkeeper.forget_everyone()


class LeaveController(Controller):
    """The way out, which is open to whose access token ended before they left."""

    path = "/auth"
    tags = ("auth",)

    @post(
        "/logout",
        status_code=200,
        summary="Sign out, here or everywhere",
        opt=asks(rights.OWN_ACCOUNT),
    )
    async def logout(
        self,
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
        browsers: AllBrowsers,
        data: JSONBody[RefreshBody] = _NO_TOKEN,
        everywhere: Everywhere = False,
    ) -> Answer[SignedOutAnswer]:
        known = request.scope["user"] is not None
        if known:
            ended = await homeroom.people.sign_out(request.user, everywhere=everywhere)
        else:
            token, within = renewal(data, request.scope, browsers)
            if not token:
                raise Unauthenticated
            ended = await homeroom.people.leave(token, within=within, everywhere=everywhere)
        doorkeeper.forget_everyone()
        by_cookie = not shows_secret(request.scope) and (known or data.refresh_token is None)
        return secret(SignedOutAnswer(count=ended), browsers.cookies.gone() if by_cookie else ())


@attrs.frozen
class Hand:
    """Hands a pair of tokens to whoever asked: in the answer, or in cookies beside it."""

    homeroom: Homeroom
    browsers: Browsers
    scope: Scope
    in_cookies: bool = attrs.field(kw_only=True)

    def over(self, pair: TokenPair) -> tuple[RefreshedAnswer, Sequence[Cookie]]:
        now = self.homeroom.plant.ambient.clock.now()
        if not self.in_cookies:
            return RefreshedAnswer.of(pair, now), ()
        token = self.browsers.token_for(self.scope, pair.session_id)
        cookies = self.browsers.cookies.of(pair, token, now=now)
        return RefreshedAnswer.beside_cookies(pair, token), cookies


async def telling(
    homeroom: Homeroom, signed_in: SignedIn, tokens: RefreshedAnswer
) -> SignedInAnswer:
    """Who signed in, and where they belong, beside *tokens*."""
    domains = await homeroom.people.domains.of(signed_in.institution.id)
    return SignedInAnswer.telling(signed_in, tokens, domains[0] if domains else None)


def renewal(data: RefreshBody, scope: Scope, browsers: Browsers) -> tuple[str, SessionId | None]:
    """The refresh token that was shown, and of which session it must be if a browser sent it."""
    if data.refresh_token is not None:
        return data.refresh_token, None
    sent_along = browsers.renewal(scope)
    return sent_along, browsers.countersigned(scope) if sent_along else None


def secret(content: T, cookies: Sequence[Cookie]) -> Answer[T]:
    """An answer that nobody on its way may keep."""
    return Answer(content, cookies=cookies, headers={"Cache-Control": "no-store"})


@get(
    "/.well-known/jwks.json",
    tags=["auth"],
    summary="The keys that access tokens are signed with",
    security=[{}],
)
async def jwks(homeroom: House) -> JwksAnswer:
    return JwksAnswer(keys=[dict(key) for key in homeroom.plant.signer.public_keys()])
