"""A provider of OpenID Connect on loopback: as strict as its documentation, and it forges at will.

    async with open_provider() as provider:
        settings = provider.settings()
        code = provider.consent(url, ANA)       # or GET url, signed in as provider.account
        ... redeem code ...
        provider.rotate()                       # another key signs now; the older ones are shown
        provider.forge = lambda token: ...      # what is given in place of an honest token

It takes a code once, with the verifier and the address that it was asked for with, from the
client it was given to; whatever is wrong is `invalid_grant`, and noted in `offences`.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import attrs
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from homeroom.kernel.clock import Clock, SystemClock
from homeroom.people.model.openid import Proven
from homeroom.people.ports.openid import OpenIdSettings
from homeroom.people.ports.tokens import Algorithm, SigningKey
from homeroom_testing.liars import Heard, Lie, lying, say
from homeroom_testing.scripted import Received
from homeroom_testing.signing_keys import Part, part, signing_key

REDIRECT_URL = "https://school.example/api/v1/auth/google/callback"
PAGE_URL = "https://app.school.example/signed-in"
"""A page that brings codes itself; registered there beside `REDIRECT_URL`."""

CLIENT_ID, CLIENT_SECRET = "homeroom.apps.example", "hush-hush-hush"
ANA = Proven(
    subject="110169484474386276334",
    email="ana@school.edu",
    given_name="Ana",
    family_name="Reyes",
    managed_by="school.edu",
)

_CODES_LAST = timedelta(minutes=10)
_TOKENS_LAST = 3_600
_NEEDED = {"client_id", "code_challenge", "redirect_uri", "state"}


@attrs.frozen
class ProviderKey:
    """A key that ID tokens are signed with, and how everybody is shown it."""

    name: str
    algorithm: str
    public: Mapping[str, str]
    signature: Callable[[bytes], bytes] = attrs.field(repr=False)

    @property
    def shown(self) -> dict[str, str]:
        return {**self.public, "kid": self.name, "alg": self.algorithm, "use": "sig"}

    def token(self, header: Part, payload: Part) -> str:
        """A token of these two parts, with the signature that fits them."""
        signed = f"{part(header)}.{part(payload)}"
        return f"{signed}.{part(self.signature(signed.encode()))}"


def rsa_key(name: str, text: str = "") -> ProviderKey:
    """The RSA key that *text* writes as settings do; else one that is the same throughout a run."""
    text = text or signing_key(Algorithm.RS256, name)
    private: Any = load_der_private_key(SigningKey.read(text).secret, None)
    numbers = private.public_key().public_numbers()
    public = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}

    def signature(signed: bytes) -> bytes:
        made: bytes = private.sign(signed, padding.PKCS1v15(), SHA256())
        return made

    return ProviderKey(name, "RS256", public, signature)


def ec_key(name: str) -> ProviderKey:
    """A fresh key on P-256."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()

    def signature(signed: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    x, y = (part(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
    return ProviderKey(name, "ES256", {"kty": "EC", "crv": "P-256", "x": x, "y": y}, signature)


def _number(number: int) -> str:
    return part(number.to_bytes((number.bit_length() + 7) // 8, "big"))


@attrs.frozen(kw_only=True)
class Told:
    """An ID token before it is signed, and whose key would sign it."""

    header: Mapping[str, Any]
    said: Mapping[str, Any]
    key: ProviderKey = attrs.field(repr=False)

    @property
    def honest(self) -> str:
        return self.key.token(self.header, self.said)


@attrs.frozen
class _Grant:
    who: Proven
    asked: Mapping[str, str]
    ends_at: datetime


class _Refused(Exception):
    """The request is refused in the words of RFC 6749."""


@attrs.define
class Provider:
    """The stand-in while it runs."""

    clock: Clock
    url: str = ""
    client_id: str = CLIENT_ID
    client_secret: str = attrs.field(default=CLIENT_SECRET, repr=False)
    redirect_url: str = REDIRECT_URL
    account: Proven | None = ANA
    """Who is signed in there, in the browser that comes; None for somebody who says no."""

    keys: list[ProviderKey] = attrs.field(factory=lambda: [rsa_key("first")])
    """The last one signs, and all are shown."""

    shown: object = None
    """What is shown in place of the keys, if anything is."""

    forge: Callable[[Told], str] = attrs.field(default=lambda told: told.honest, repr=False)
    received: list[Received] = attrs.field(factory=list[Received], init=False)
    offences: list[str] = attrs.field(factory=list[str], init=False)
    """Why requests were refused."""

    saying: Mapping[str, Lie] = attrs.field(factory=dict[str, Lie])
    """What is said at a path in place of the truth."""

    _grants: dict[str, _Grant] = attrs.field(
        factory=dict[str, _Grant], init=False, alias="grants", repr=False
    )

    def settings(self, **others: Any) -> OpenIdSettings:
        """What a door to this provider is opened with."""
        ours: dict[str, Any] = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_url": self.redirect_url,
            "issuers": (self.url,),
            "authorization_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "keys_url": f"{self.url}/keys",
        }
        return OpenIdSettings(**(ours | others))

    def asked_for(self, path: str) -> int:
        """How often somebody came to *path*."""
        return sum(one.path == path for one in self.received)

    def rotate(self, key: ProviderKey | None = None) -> ProviderKey:
        """From now on another key signs."""
        key = key or rsa_key(f"key-{len(self.keys) + 1}")
        self.keys.append(key)
        return key

    def consent(self, url: str, who: Proven) -> str:
        """The code that comes back when *who* goes to *url* and signs in there."""
        return self._granted(dict(parse_qsl(urlsplit(url).query)), who)

    def vouch(self, who: Proven, *, nonce: str = "") -> str:
        """What a page is given when *who* signs in there by a button of that house."""
        return self.forge(self.told(who, nonce))

    async def answer(self, writer: asyncio.StreamWriter, heard: Heard) -> None:
        """Whatever is asked at the port is answered here."""
        received = Received.of(heard, self.clock.now())
        self.received.append(received)
        lie = self.saying.get(received.path) or self._truth(received)
        await lie(writer, heard)

    def _truth(self, received: Received) -> Lie:
        pages = {
            ("GET", "/authorize"): self._authorize,
            ("POST", "/token"): self._token,
            ("GET", "/keys"): self._keys,
        }
        page = pages.get((received.method, received.path))
        try:
            return page(received) if page else say(404)
        except _Refused as refused:
            self.offences.append(str(refused))
            return _json(400, {"error": str(refused).partition(":")[0]})

    def _authorize(self, received: Received) -> Lie:
        asked = received.query
        if self.account is None:
            back = {"error": "access_denied", "state": asked["state"]}
        else:
            back = {"code": self._granted(asked, self.account), "state": asked["state"]}
        return say(302, {"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    def _granted(self, asked: Mapping[str, str], who: Proven) -> str:
        if missing := _NEEDED - asked.keys():
            raise _Refused(f"invalid_request: without {', '.join(sorted(missing))}")
        registered = (self.redirect_url, PAGE_URL)
        if asked["client_id"] != self.client_id or asked["redirect_uri"] not in registered:
            raise _Refused("invalid_request: nobody known, or not their address")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            raise _Refused("unsupported_response_type: code, and S256")
        if not {"openid", "email"} <= set(asked.get("scope", "").split()):
            raise _Refused("invalid_scope: openid and email")
        code = secrets.token_urlsafe(32)
        self._grants[code] = _Grant(who, asked, self.clock.now() + _CODES_LAST)
        return code

    def _token(self, received: Received) -> Lie:
        form = {name: one[0] for name, one in parse_qs(received.body.decode()).items()}
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (self.client_id, self.client_secret):
            self.offences.append("invalid_client")
            return _json(401, {"error": "invalid_client"})
        grant = self._grants.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or grant is None:
            raise _Refused("invalid_grant: no such code, or no more")
        asked = grant.asked
        if asked["client_id"] != self.client_id:
            raise _Refused("invalid_grant: another client's")
        if self.clock.now() >= grant.ends_at or form.get("redirect_uri") != asked["redirect_uri"]:
            raise _Refused("invalid_grant: too late, or for another address")
        told = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(told).decode().rstrip("=")
        if challenge != asked["code_challenge"]:
            raise _Refused("invalid_grant: another verifier")
        tokens = {"access_token": "opaque", "token_type": "Bearer", "expires_in": _TOKENS_LAST}
        token = self.forge(self.told(grant.who, asked.get("nonce", "")))
        return _json(200, {**tokens, "id_token": token})

    def told(self, who: Proven, nonce: str) -> Told:
        """What would be said of *who* now."""
        key, now = self.keys[-1], int(self.clock.now().timestamp())
        said: dict[str, Any] = {
            "iss": self.url,
            "aud": self.client_id,
            "azp": self.client_id,
            "sub": who.subject,
            "email": who.email,
            "email_verified": True,
            "nonce": nonce,
            "iat": now,
            "exp": now + _TOKENS_LAST,
            "given_name": who.given_name,
            "family_name": who.family_name,
            "hd": who.managed_by,
        }
        header = {"alg": key.algorithm, "kid": key.name, "typ": "JWT"}
        return Told(header=header, said={n: it for n, it in said.items() if it != ""}, key=key)

    def _keys(self, _: Received) -> Lie:
        told = {"keys": [key.shown for key in self.keys]} if self.shown is None else self.shown
        return _json(200, told)


def _json(status: int, told: object) -> Lie:
    return say(status, {"Content-Type": "application/json"}, json.dumps(told).encode())


@asynccontextmanager
async def open_provider(clock: Clock | None = None) -> AsyncIterator[Provider]:
    """A provider on a free port of loopback, until the block is left."""
    provider = Provider(clock or SystemClock())
    async with lying({}, otherwise=provider.answer) as port:
        provider.url = port.url("")
        yield provider
