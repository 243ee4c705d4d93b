"""ID tokens that must not be believed: an attack for each name.

Most of them come from the right provider, through the right channel and with the right key. What
is shown is that none of this is enough; and for those that do not, that nothing replaces it.
"""

import base64
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from homeroom_testing.openid import ProviderKey, Told, ec_key, rsa_key
from homeroom_testing.signing_keys import Part, mac, part

Attack = Callable[[Told], str]

_GONE = object()
_URL = "https://attacker.example/keys"
_DEEP = 900


@cache
def stranger() -> ProviderKey:
    """A key that is not the provider's."""
    return rsa_key("stranger")


def _changed(told: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, object]:
    made = {name: it(told[name]) if callable(it) else it for name, it in changes.items()}
    return {name: it for name, it in {**told, **made}.items() if it is not _GONE}


def _header(**changes: object) -> Attack:
    return lambda told: told.key.token(_changed(told.header, changes), told.said)


def _says(**changes: object) -> Attack:
    return lambda told: told.key.token(told.header, _changed(told.said, changes))


def _says_in(spelling: Callable[[str], Part]) -> Attack:
    return lambda told: told.key.token(told.header, spelling(json.dumps(told.said)))


def _unsigned(alg: object) -> Attack:
    return lambda told: f"{part(_changed(told.header, {'alg': alg}))}.{part(told.said)}."


def _under(secret: Callable[[Told], bytes], **changes: object) -> Attack:
    """Signed by HMAC with what everybody knows."""

    def attack(told: Told) -> str:
        signed = f"{part(_changed(told.header, {'alg': 'HS256', **changes}))}.{part(told.said)}"
        return f"{signed}.{part(mac(secret(told), signed.encode()))}"

    return attack


def _public_bytes(told: Told) -> bytes:
    text = told.key.public["n"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _public_jwk(told: Told) -> bytes:
    return json.dumps(told.key.shown).encode()


def _by_stranger(**changes: object) -> Attack:
    return lambda told: stranger().token(_changed(told.header, changes), told.said)


def _by_stranger_who_brings_it(told: Told) -> str:
    return stranger().token({**told.header, "jwk": stranger().shown}, told.said)


def _by_strangers_curve(told: Told) -> str:
    key = ec_key(told.key.name)
    return key.token({**told.header, "alg": "ES256"}, told.said)


def _form(change: Callable[[str], str]) -> Attack:
    return lambda told: change(told.honest)


def _parts(change: Callable[[str, str, str], str]) -> Attack:
    return lambda told: change(*told.honest.split("."))


def _twice(name: str, value: object) -> Attack:
    return _says_in(lambda text: f'{{"{name}":{json.dumps(value)},{text[1:]}')


def _plus(seconds: int) -> Callable[[int], int]:
    return lambda told: told + seconds


HEADERS: Mapping[str, Attack] = {
    "alg none, unsigned": _unsigned("none"),
    "alg None, unsigned": _unsigned("None"),
    "alg NONE, unsigned": _unsigned("NONE"),
    "alg none, signed": _header(alg="none"),
    "alg missing": _header(alg=_GONE),
    "alg null": _header(alg=None),
    "alg a list": _header(alg=["RS256"]),
    "alg in small letters": _header(alg="rs256"),
    **{
        f"alg {alg}": _header(alg=alg)
        for alg in ("HS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
    },
    "HS256 under the public key": _under(_public_bytes),
    "HS256 under the public key as a JWK": _under(_public_jwk),
    "HS256 under the client's secret": _under(lambda _: b"hush-hush-hush"),
    "HS256 under nothing": _under(lambda _: b""),
    "HS256 under the kid": _under(lambda told: told.key.name.encode()),
    "HS256 under a file that is known": _under(lambda _: b"", kid="/dev/null"),
    "kid missing": _header(kid=_GONE),
    "kid null": _header(kid=None),
    "kid empty": _header(kid=""),
    "kid unknown": _header(kid="somebody-else"),
    "kid a path": _header(kid="../../../../dev/null"),
    "kid an address": _header(kid=_URL),
    "kid a query": _header(kid="first' OR '1'='1"),
    "kid a number": _header(kid=1),
    "kid a list": _header(kid=["first"]),
    "kid of great length": _header(kid="k" * 5_000),
    "a stranger's key in its own name": _by_stranger(kid="stranger"),
    "a stranger's key in another's name": _by_stranger(),
    "a stranger's key that is brought": _by_stranger_who_brings_it,
    "a stranger's key that is elsewhere": _by_stranger(jku=_URL),
    "a stranger's certificates elsewhere": _by_stranger(x5u=_URL),
    "a stranger's certificates": _by_stranger(x5c=["MIIB"]),
    "a stranger's curve": _by_strangers_curve,
    "an own key that is brought": lambda told: _header(jwk=told.key.shown)(told),
    "an own key that is elsewhere": _header(jku=_URL),
    "something critical": _header(crit=["exp"]),
    "something critical and unknown": _header(crit=["house"], house="yes"),
    "not in base64": _header(b64=False, crit=["b64"]),
    "packed": _header(zip="DEF"),
    "typ an access token's": _header(typ="at+jwt"),
    "typ a logout token's": _header(typ="logout+jwt"),
    "typ a number": _header(typ=1),
    "a header that is no object": lambda told: told.key.token("[]", told.said),
    "a header that is no JSON": lambda told: told.key.token("{alg:RS256}", told.said),
    "a header with alg twice": lambda told: told.key.token(
        f'{{"alg":"none",{json.dumps(told.header)[1:]}', told.said
    ),
}

CLAIMS: Mapping[str, Attack] = {
    "iss missing": _says(iss=_GONE),
    "iss another": _says(iss="https://accounts.attacker.example"),
    "iss with a slash": _says(iss=lambda iss: f"{iss}/"),
    "iss a list": _says(iss=lambda iss: [iss]),
    "iss null": _says(iss=None),
    "aud missing": _says(aud=_GONE),
    "aud another": _says(aud="others.apps.example"),
    "aud empty": _says(aud=""),
    "aud no one": _says(aud=[]),
    "two audiences": _says(aud=lambda aud: [aud, "others.apps.example"]),
    "two audiences, we last": _says(aud=lambda aud: ["others.apps.example", aud]),
    "aud twice ours": _says(aud=lambda aud: [aud, aud]),
    "aud longer than ours": _says(aud=lambda aud: f"{aud}.attacker.example"),
    "aud in capitals": _says(aud=str.upper),
    "azp another": _says(azp="others.apps.example"),
    "azp null": _says(azp=None),
    "exp missing": _says(exp=_GONE),
    "expired": _says(exp=_plus(-7_200)),
    "expired at the leeway's end": _says(exp=_plus(-3_630)),
    "exp a text": _says(exp=str),
    "exp a float": _says(exp=float),
    "exp true": _says(exp=True),
    "exp null": _says(exp=None),
    "exp without end": _says_in(lambda text: text.replace('"exp": ', '"exp": 1e400, "was": ')),
    "exp no number": _says_in(lambda text: text.replace('"exp": ', '"exp": NaN, "was": ')),
    "iat missing": _says(iat=_GONE),
    "made in an hour": _says(iat=_plus(3_600)),
    "made days ago": _says(iat=_plus(-90_000)),
    "iat a text": _says(iat=str),
    "not yet": _says(nbf=2_000_000_000),
    "nbf a text": _says(nbf="0"),
    "nonce missing": _says(nonce=_GONE),
    "nonce another": _says(nonce="another"),
    "nonce empty": _says(nonce=""),
    "nonce null": _says(nonce=None),
    "nonce a list": _says(nonce=lambda nonce: [nonce]),
    "nonce longer than ours": _says(nonce=lambda nonce: f"{nonce}x"),
    "nonce in another case": _says(nonce=str.swapcase),
    "nonce of half a character": _says_in(
        lambda text: text.replace('"nonce": "', '"nonce": "\\ud800')
    ),
    "email_verified missing": _says(email_verified=_GONE),
    "email_verified false": _says(email_verified=False),
    "email_verified null": _says(email_verified=None),
    "email_verified a text": _says(email_verified="true"),
    "email_verified a number": _says(email_verified=1),
    "email missing": _says(email=_GONE),
    "email null": _says(email=None),
    "email a list": _says(email=lambda email: [email]),
    "email without a domain": _says(email="ana"),
    "email of two": _says(email="ana@attacker.example@school.edu"),
    "email with a line's end": _says(email="ana@school.edu\n"),
    "email with a space": _says(email="ana @school.edu"),
    "email with nothing before it": _says(email="@school.edu"),
    "email in letters that look like ours": _says(email="\u0430na@school.edu"),
    "email in wide letters": _says(email="ana@\uff53chool.edu"),
    "email that grows small into ours": _says(email="ana@school.\u212au"),
    "email of great length": _says(email=f"{'a' * 64}@{'b' * 250}.edu"),
    "sub missing": _says(sub=_GONE),
    "sub empty": _says(sub=""),
    "sub null": _says(sub=None),
    "sub a number": _says(sub=110),
    "sub of great length": _says(sub="1" * 300),
    "sub with a line's end": _says(sub="110\n"),
    "email twice": _twice("email", "eve@school.edu"),
    "aud twice": _twice("aud", "others.apps.example"),
    "nonce twice": _twice("nonce", "another"),
    "a payload that is no object": lambda told: told.key.token(told.header, "[]"),
    "a payload that is no JSON": lambda told: told.key.token(told.header, "{sub:1}"),
    "a payload that is no text": lambda told: told.key.token(told.header, b"\xff\xfe"),
    "a payload in UTF-16": _says_in(lambda text: text.encode("utf-16")),
    "a payload without end": lambda told: told.key.token(told.header, "[" * _DEEP),
    "a payload with a mark before it": _says_in(lambda text: b"\xef\xbb\xbf" + text.encode()),
}

FORMS: Mapping[str, Attack] = {
    "empty": lambda _: "",
    "no dots": _form(lambda token: token.replace(".", "")),
    "two parts": _parts(lambda header, said, _: f"{header}.{said}"),
    "no signature": _parts(lambda header, said, _: f"{header}.{said}."),
    "four parts": _form(lambda token: f"{token}.{token.split('.')[2]}"),
    "five parts, as if sealed": _form(lambda token: f"{token}.x.y"),
    "another signature": _parts(lambda header, said, _: f"{header}.{said}.{part(bytes(256))}"),
    "half a signature": _parts(lambda h, p, s: f"{h}.{p}.{s[: len(s) // 2]}"),
    "somebody else's payload": lambda told: ".".join(
        [
            told.honest.split(".")[0],
            part({**told.said, "email": "eve@school.edu"}),
            told.honest.split(".")[2],
        ]
    ),
    "a space behind": _form(lambda token: f"{token} "),
    "a line's end behind": _form(lambda token: f"{token}\n"),
    "filled up": _parts(lambda h, p, s: f"{h}.{p}.{s}{'=' * (-len(s) % 4) or '===='}"),
    "a letter of the other alphabet": _parts(lambda h, p, s: f"{h}.{p}.+{s[1:]}"),
    "in JSON": _parts(lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s})),
    "too long": _says(more="x" * 20_000),
}

ATTACKS: Mapping[str, Attack] = {**HEADERS, **CLAIMS, **FORMS}
