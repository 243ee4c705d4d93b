"""Signing in on the wire: in the words of every system that we replace, and in ours."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from homeroom.kernel.rights import Role
from homeroom.kernel.tracing import current_trace
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.use_cases.persons import Belonging
from homeroom.people.use_cases.signing_in import SignedIn, TokenPair
from homeroom_entrypoints.web.people_wire import PersonAnswer, PostAnswer, SpotAnswer, home_fields
from homeroom_entrypoints.web.wire import TellingSecrets, Wire

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Address = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
_Password = Annotated[str, msgspec.Meta(max_length=255)]
_Token = Annotated[str, msgspec.Meta(max_length=200)]

_GOODBYE = "Signed out."


class SignInBody(Wire, frozen=True, kw_only=True):
    username: _Name | None = None
    """The user name, or the e-mail address."""

    email: _Address | None = None
    """The same, for clients that call it so."""

    password: _Password
    cookies: bool = False
    """For a browser: the tokens come as cookies, which no script reads, and not in the answer."""

    def __post_init__(self) -> None:
        if (self.username is None) == (self.email is None):
            raise ValueError("say who signs in: `username`, or `email` in its place")

    @property
    def name(self) -> str:
        return self.username or self.email or ""


class RefreshBody(Wire, frozen=True, kw_only=True):
    refresh_token: _Token | None = None
    """Left out by a browser, which sends it along as a cookie."""


class SelfAnswer(PersonAnswer, frozen=True, kw_only=True):
    """Somebody as they see themselves: also by the names that single fields have elsewhere."""

    name: str
    role: str | None
    """The first of their roles, the one that may most; `roles` are those at single nodes too."""

    picture: str | None = None
    """The house keeps no pictures."""

    subscription: "SubscriptionAnswer"

    @classmethod
    def seen_by(cls, person: Person, house: Institution) -> "SelfAnswer":
        held = person.held.union(post.role for post in person.posts)
        told = msgspec.structs.asdict(PersonAnswer.of(person))
        told["roles"] = sorted(role.value for role in held)
        first = next((role.value for role in Role if role in held), None)
        subscription = SubscriptionAnswer.of(house)
        name = person.identity.full_name
        return cls(**told, name=name, role=first, subscription=subscription)


class SubscriptionAnswer(Wire, frozen=True, kw_only=True):
    """What the institution subscribed to."""

    tier: str
    status: str
    expires_at: datetime | None
    features: list[str]
    """What it agreed to beside: `recording`, `ai`, `dataSharing`."""

    @classmethod
    def of(cls, institution: Institution) -> "SubscriptionAnswer":
        has, agreed = institution.subscription, institution.terms.agreed
        beside = {
            "recording": agreed.recording,
            "ai": agreed.ai,
            "dataSharing": agreed.data_sharing,
        }
        return cls(
            tier=has.plan.value,
            status=has.status.value,
            expires_at=has.until,
            features=[name for name, holds in beside.items() if holds],
        )


class SchoolAnswer(Wire, frozen=True, kw_only=True):
    id: UUID
    name: str
    domain: str | None
    """Whose e-mail addresses are its own, if the operator says so."""

    subscription_tier: str

    @classmethod
    def of(cls, institution: Institution, domain: str | None) -> "SchoolAnswer":
        tier = institution.subscription.plan.value
        name = institution.name
        return cls(id=institution.id, name=name, domain=domain, subscription_tier=tier)


class MeAnswer(SelfAnswer, frozen=True, kw_only=True):
    """Who one is, three times: flat, as `user` and as `teacher`, for clients of three systems."""

    success: bool = True
    user: SelfAnswer
    teacher: SelfAnswer
    school: SchoolAnswer
    moodle_user_id: int | None
    campus: SpotAnswer | None
    department: SpotAnswer | None
    program: SpotAnswer | None
    user_profile_picture: str | None = None
    """The house keeps no pictures."""

    posts: list[PostAnswer]
    """What they are at single nodes of the roster alone."""

    @classmethod
    def told(cls, belonging: Belonging) -> "MeAnswer":
        own = SelfAnswer.seen_by(belonging.person, belonging.institution)
        return cls(
            **msgspec.structs.asdict(own),
            **home_fields(belonging.home),
            user=own,
            teacher=own,
            school=SchoolAnswer.of(belonging.institution, belonging.domain),
            posts=[PostAnswer.of(post) for post in belonging.posts],
        )


class TokensAnswer(Wire, frozen=True, kw_only=True):
    access_token: str
    refresh_token: str
    expires_at: datetime
    refresh_expires_at: datetime
    expires_in: int
    """Seconds."""

    refresh_expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name

    @classmethod
    def of(cls, pair: TokenPair, now: datetime) -> "TokensAnswer":
        return cls(
            access_token=pair.access,
            refresh_token=pair.refresh.text,
            expires_at=pair.access_expires_at,
            refresh_expires_at=pair.refresh_expires_at,
            expires_in=int((pair.access_expires_at - now).total_seconds()),
            refresh_expires_in=int((pair.refresh_expires_at - now).total_seconds()),
        )


class RefreshedAnswer(TellingSecrets, frozen=True, kw_only=True):
    """`token` and `refreshToken` are what older clients read; `tokens` says everything.

    A browser that asked for cookies gets those instead, and `csrfToken`.
    """

    success: bool = True
    token: str | UnsetType = UNSET
    refresh_token: str | UnsetType = UNSET
    tokens: TokensAnswer | UnsetType = UNSET
    csrf_token: str | UnsetType = UNSET
    session_id: UUID
    expires_at: datetime
    refresh_expires_at: datetime

    @classmethod
    def of(cls, pair: TokenPair, now: datetime) -> "RefreshedAnswer":
        return cls(
            token=pair.access,
            refresh_token=pair.refresh.text,
            tokens=TokensAnswer.of(pair, now),
            session_id=pair.session_id,
            expires_at=pair.access_expires_at,
            refresh_expires_at=pair.refresh_expires_at,
        )

    @classmethod
    def beside_cookies(cls, pair: TokenPair, csrf_token: str) -> "RefreshedAnswer":
        return cls(
            csrf_token=csrf_token,
            session_id=pair.session_id,
            expires_at=pair.access_expires_at,
            refresh_expires_at=pair.refresh_expires_at,
        )


class PerformanceAnswer(Wire, frozen=True, kw_only=True):
    """Why whoever develops was let in without a proof."""

    fallback: str
    trigger: str
    request_id: str


class SignedInAnswer(RefreshedAnswer, frozen=True, kw_only=True):
    user: SelfAnswer
    teacher: SelfAnswer
    school: SchoolAnswer
    subscription: SubscriptionAnswer
    must_change_password: bool
    """Until they have, what they may do is sign out, see themselves, and change it."""

    degraded_mode: bool = False
    """Whether nobody proved who they are: for whoever develops, and never in production."""

    provider: str | UnsetType = UNSET
    performance: PerformanceAnswer | UnsetType = UNSET

    @classmethod
    def telling(
        cls, signed_in: SignedIn, tokens: RefreshedAnswer, domain: str | None
    ) -> "SignedInAnswer":
        own = SelfAnswer.seen_by(signed_in.person, signed_in.institution)
        return cls(
            **msgspec.structs.asdict(tokens),
            user=own,
            teacher=own,
            school=SchoolAnswer.of(signed_in.institution, domain),
            subscription=SubscriptionAnswer.of(signed_in.institution),
            must_change_password=signed_in.must_change_password,
        )

    def unproven(self, trigger: str) -> "SignedInAnswer":
        """The same, of somebody who develops; *trigger* is why nobody was asked for a proof."""
        why = PerformanceAnswer(fallback="dev", trigger=trigger, request_id=current_trace())
        return msgspec.structs.replace(
            self, degraded_mode=True, provider="development", performance=why
        )


class SignedOutAnswer(Wire, frozen=True, kw_only=True):
    count: int
    """How many sessions ended."""

    success: bool = True
    message: str = _GOODBYE


class CsrfAnswer(TellingSecrets, frozen=True, kw_only=True):
    csrf_token: str
    success: bool = True
