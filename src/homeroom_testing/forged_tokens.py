"""Tokens that must not be believed: an attack for each name.

Most of them are signed with the right key. What is shown is that a signature is not enough; and
for those that are not, that nothing replaces it.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from homeroom_testing.signing_keys import Forger, Part, mac, part

_ED25519_IN_SPKI = bytes.fromhex("302a300506032b6570032100")
_GONE = object()
_DEEP = 900


@attrs.frozen(kw_only=True)
class Scene:
    """What an attacker of the worst kind has: an honest token, and its very key to sign with."""

    honest: str
    header: Mapping[str, Any]
    said: Mapping[str, Any]
    public: Sequence[Mapping[str, str]]
    key: Forger = attrs.field(repr=False)
    stranger: Forger = attrs.field(repr=False)

    def signed(self, header: Part | None = None, payload: Part | None = None) -> str:
        """A token with the right signature, and what was changed."""
        return self.key.token(
            self.header if header is None else header, self.said if payload is None else payload
        )

    @property
    def seconds(self) -> int:
        """When the honest token ends."""
        return int(self.said["exp"])


Attack = Callable[[Scene], str]


def _changed(told: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, object]:
    """*told*, where a change is another value, none any more, or made of what was there."""
    made = {name: it(told[name]) if callable(it) else it for name, it in changes.items()}
    return {name: it for name, it in {**told, **made}.items() if it is not _GONE}


def _header(**changes: object) -> Attack:
    return lambda scene: scene.signed(header=_changed(scene.header, changes))


def _says(**changes: object) -> Attack:
    return lambda scene: scene.signed(payload=_changed(scene.said, changes))


def _says_in(spelling: Callable[[str], Part]) -> Attack:
    """What is said, written otherwise."""
    return lambda scene: scene.signed(payload=spelling(json.dumps(scene.said)))


def _when(name: str, written: str) -> Attack:
    """A date that *written* says in JSON's letters; `#` stands for the seconds it should be."""

    def attack(scene: Scene) -> str:
        others = json.dumps(_changed(scene.said, {name: _GONE}))[1:]
        return scene.signed(
            payload=f'{{"{name}":{written.replace("#", str(scene.seconds))},{others}'
        )

    return attack


def _unsigned(alg: object) -> Attack:
    return lambda scene: f"{part(_changed(scene.header, {'alg': alg}))}.{part(scene.said)}."


def _under(secret: Callable[[Scene], bytes], **changes: object) -> Attack:
    """Signed by HMAC with what everybody knows."""

    def attack(scene: Scene) -> str:
        header = _changed(scene.header, {"alg": "HS256", **changes})
        signed = f"{part(header)}.{part(scene.said)}"
        return f"{signed}.{part(mac(secret(scene), signed.encode()))}"

    return attack


def _public_bytes(scene: Scene) -> bytes:
    """The public key as it is; of a shared secret, what comes closest: its name."""
    if not scene.public:
        return str(scene.header["kid"]).encode()
    told = scene.public[0].get("x") or scene.public[0]["n"]
    return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))


def _public_pem(scene: Scene) -> bytes:
    der = base64.encodebytes(_ED25519_IN_SPKI + _public_bytes(scene)).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{der}-----END PUBLIC KEY-----\n".encode()


def _public_jwk(scene: Scene) -> bytes:
    return json.dumps(scene.public[0] if scene.public else {}).encode()


def _own_key(**changes: object) -> Attack:
    """Signed by a stranger, who brings the key along or says where it is."""
    return lambda scene: scene.stranger.token(_changed(scene.header, changes), scene.said)


def _form(change: Callable[[str], str]) -> Attack:
    """The honest token, with its letters changed."""
    return lambda scene: change(scene.honest)


def _parts(change: Callable[[str, str, str], str]) -> Attack:
    return lambda scene: change(*scene.honest.split("."))


def _loose_bits(signature: str) -> str:
    """Another spelling of the same bytes, for the last letter has bits to spare."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signature[:-1] + letters[letters.index(signature[-1]) ^ 1]


def _flattened(scene: Scene) -> str:
    header, payload, signature = scene.honest.split(".")
    return json.dumps({"protected": header, "payload": payload, "signature": signature})


_JWK = {"kty": "oct", "k": part(b"k" * 32)}
_URL = "https://attacker.example/jwks.json"

HEADERS: Mapping[str, Attack] = {
    "alg none, unsigned": _unsigned("none"),
    "alg None, unsigned": _unsigned("None"),
    "alg NONE, unsigned": _unsigned("NONE"),
    "alg empty, unsigned": _unsigned(""),
    "alg none, signed": _header(alg="none"),
    "alg missing": _header(alg=_GONE),
    "alg null": _header(alg=None),
    "alg a list": _header(alg=["HS256", "RS256", "Ed25519"]),
    "alg in small letters": _header(alg=str.lower),
    "alg in capitals": _header(alg=lambda alg: f"{alg.upper()} "),
    **{
        f"alg {alg}": _header(alg=alg)
        for alg in ("HS384", "HS512", "RS384", "PS256", "ES256", "ES512", "ES256K", "Ed448")
    },
    "HS256 under the public key": _under(_public_bytes),
    "HS256 under the public key in PEM": _under(_public_pem),
    "HS256 under the public key as a JWK": _under(_public_jwk),
    "HS256 under nothing": _under(lambda _: b""),
    "HS256 under zeros": _under(lambda _: bytes(32)),
    "HS256 under the kid": _under(lambda scene: str(scene.header["kid"]).encode()),
    "kid missing": _header(kid=_GONE),
    "kid unknown": _header(kid="somebody-else"),
    "kid empty": _header(kid=""),
    "kid null": _header(kid=None),
    "kid a number": _header(kid=0),
    "kid a list": _header(kid=lambda kid: [kid]),
    "kid an object": _header(kid=lambda kid: {"kid": kid}),
    "kid a path to nothing": _under(lambda _: b"", kid="../../../../dev/null"),
    "kid a file": _header(kid="/etc/passwd"),
    "kid a URL": _own_key(kid=_URL),
    "kid SQL": _under(lambda _: b"k", kid="x' UNION SELECT 'k'--"),
    "kid a command": _header(kid="key; true"),
    "kid and more": _header(kid=lambda kid: f"{kid}\0"),
    "jku": _own_key(jku=_URL),
    "jku beside the right key": _header(jku=_URL),
    "x5u": _own_key(x5u=_URL),
    "x5c": _own_key(x5c=["MIIB"]),
    "jwk": _own_key(jwk=_JWK),
    "jwk beside the right key": _header(jwk=_JWK),
    "crit": _header(crit=["exp"], exp=0),
    "crit that nobody knows": _header(crit=["urn:example:must"], **{"urn:example:must": True}),
    "crit empty": _header(crit=[]),
    "b64 false": _header(b64=False, crit=["b64"]),
    "b64 false, not critical": _header(b64=False),
    "typ missing": _header(typ=_GONE),
    "typ of any JWT": _header(typ="JWT"),
    "typ of a refresh token": _header(typ="rt+jwt"),
    "typ of an id token": _header(typ="id+jwt"),
    "typ a list": _header(typ=["at+jwt"]),
    "cty of a nested token": _header(cty="JWT"),
    "zip": _header(zip="DEF"),
    "enc": _header(enc="A256GCM"),
    "alg said twice": lambda s: s.signed(header=f'{{"alg":"none",{json.dumps(s.header)[1:]}'),
    "kid said twice": lambda s: s.signed(header=f'{{"kid":"x",{json.dumps(s.header)[1:]}'),
    "header not JSON": lambda s: s.signed(header="alg=HS256"),
    "header a list": lambda s: s.signed(header=json.dumps([s.header])),
    "header a text": lambda s: s.signed(header=json.dumps(json.dumps(s.header))),
    "header empty": lambda s: s.signed(header="{}"),
    "header very deep": lambda s: s.signed(header="[" * _DEEP),
    "header in UTF-16": lambda s: s.signed(header=json.dumps(s.header).encode("utf-16")),
}

CLAIMS: Mapping[str, Attack] = {
    "iss wrong": _says(iss="somebody"),
    "iss almost right": _says(iss=lambda iss: f"{iss}/"),
    "iss a list": _says(iss=lambda iss: [iss]),
    "aud wrong": _says(aud="another-service"),
    "aud empty": _says(aud=""),
    "aud a list of nobody": _says(aud=[]),
    "aud a list with us": _says(aud=lambda aud: [aud, "others"]),
    "aud an object": _says(aud=lambda aud: {aud: True}),
    **{
        f"{name} missing": _says(**{name: _GONE})
        for name in ("iss", "aud", "sub", "sid", "iid", "jti", "iat", "nbf", "exp")
    },
    **{
        f"{name} {what}": _says(**{name: wrong})
        for name in ("sub", "sid", "iid", "jti")
        for what, wrong in (("no id", "admin"), ("null", None), ("a number", 1), ("a list", []))
    },
    "sub in another spelling": _says(sub=lambda sub: f"{{{sub}}}"),
    "sub SQL": _says(sub="' OR 1=1--"),
    "exp a float": _when("exp", "#.5"),
    "exp in powers of ten": _when("exp", "#e0"),
    "exp a text": _when("exp", '"#"'),
    "exp NaN": _when("exp", "NaN"),
    "exp endless": _when("exp", "Infinity"),
    "exp more than a float": _when("exp", "1e999"),
    "exp huge": _when("exp", "9" * 400),
    "exp in milliseconds": _when("exp", "#000"),
    "exp true": _when("exp", "true"),
    "exp null": _when("exp", "null"),
    "exp a list": _when("exp", "[#]"),
    "exp said twice": _when("exp", '0,"exp":#'),
    "exp before it begins": lambda s: s.signed(payload={**s.said, "exp": s.said["iat"]}),
    "iat to come": lambda s: s.signed(payload={**s.said, "iat": s.seconds - 1}),
    "iat a float": _when("iat", "1.5"),
    "nbf to come": lambda s: s.signed(payload={**s.said, "nbf": s.seconds - 1}),
    "nbf a text": _when("nbf", '"0"'),
    "nbf true": _when("nbf", "true"),
    "sub said twice": lambda s: s.signed(payload=f'{{"sub":"x",{json.dumps(s.said)[1:]}'),
    "a list of claims": _says_in(lambda said: f"[{said}]"),
    "claims within a text": _says_in(json.dumps),
    "claims and more": _says_in(lambda said: said + said),
    "claims in UTF-16": _says_in(lambda said: said.encode("utf-16")),
    "claims after a mark": _says_in(lambda said: b"\xef\xbb\xbf" + said.encode()),
    "claims that are no text": _says_in(lambda _: b"\xff\xfe\x00"),
    "claims cut off": _says_in(lambda said: said[:-1]),
    "claims very deep": lambda s: s.signed(payload='{"sub":' * 300),
    "no claims": lambda s: s.signed(payload="{}"),
    "a number": lambda s: s.signed(payload="1"),
    "nested": lambda s: s.signed(payload=s.honest),
}

FORMS: Mapping[str, Attack] = {
    "nothing": lambda _: "",
    "dots": lambda _: "..",
    "signature stripped": _parts(lambda h, p, s: f"{h}.{p}."),
    "signature left out": _parts(lambda h, p, s: f"{h}.{p}"),
    "signature cut": _parts(lambda h, p, s: f"{h}.{p}.{s[:-2]}"),
    "signature of one letter": _parts(lambda h, p, s: f"{h}.{p}.A"),
    "signature of zeros": _parts(lambda h, p, s: f"{h}.{p}.{part(bytes(64))}"),
    "signature twice": _parts(lambda h, p, s: f"{h}.{p}.{s}{s}"),
    "signature in another spelling": _parts(lambda h, p, s: f"{h}.{p}.{_loose_bits(s)}"),
    "signature changed": _parts(lambda h, p, s: f"{h}.{p}.{'B' if s[0] == 'A' else 'A'}{s[1:]}"),
    "signature of another token": lambda s: (
        f"{s.honest.rpartition('.')[0]}.{s.signed(payload={**s.said, 'x': 1}).split('.')[2]}"
    ),
    "signature of a stranger": lambda s: s.stranger.token(s.header, s.said),
    "claims of another token": _parts(lambda h, p, s: f"{h}.{part({'sub': 'x'})}.{s}"),
    "four parts": _form(lambda token: f"{token}.AAAA"),
    "five parts": _parts(lambda h, p, s: f"{h}.{p}.{p}.{p}.{s}"),
    "a dot behind": _form(lambda token: f"{token}."),
    "a dot before": _form(lambda token: f".{token}"),
    "a line's end behind": _form(lambda token: f"{token}\n"),
    "a space before": _form(lambda token: f" {token}"),
    "a space behind": _form(lambda token: f"{token} "),
    "spaces around a dot": _form(lambda token: token.replace(".", " . ", 1)),
    "a line's end within": _parts(lambda h, p, s: f"{h}.{p[:9]}\n{p[9:]}.{s}"),
    "an end of string behind": _form(lambda token: f"{token}\0"),
    "filled up": _parts(lambda h, p, s: f"{h}.{p}.{s}{'=' * (-len(s) % 4) or '===='}"),
    "a letter of no alphabet": _parts(lambda h, p, s: f"{h}.{p}.{s[:-4]}*{s[-4:]}"),
    "a letter of the other alphabet": _parts(lambda h, p, s: f"{h}.{p}.+{s[1:]}"),
    "letters of another script": _form(lambda token: token.replace(".", "\uff0e")),
    "a wide digit": _parts(lambda h, p, s: f"{h}.{p}.{s[:-1]}\uff11"),
    "half a character": _form(lambda token: f"{token}\ud800"),
    "with its scheme": _form(lambda token: f"Bearer {token}"),
    "two of them": _form(lambda token: f"{token},{token}"),
    "escaped": _form(lambda token: token.replace(".", "%2E")),
    "in JSON": _flattened,
    "too long": lambda s: s.signed(payload={**s.said, "x": "x" * 100_000}),
    "very much too long": _form(lambda token: token + "A" * 5_000_000),
    "dots without end": lambda _: "." * 1_000_000,
}

ATTACKS: Mapping[str, Attack] = {**HEADERS, **CLAIMS, **FORMS}
