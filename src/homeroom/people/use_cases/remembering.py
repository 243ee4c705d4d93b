"""Signatures that were proven a moment ago need not be proven again."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.people.ports.tokens import AccessClaims, TokenSigner

_REMEMBERED = 10_000


@attrs.define
class RememberingSigner:
    """A signer that knows, while a token counts, that it was proven, and what it says.

    Nothing of a session is remembered: whether it goes on is asked each time, as of any token. Of
    a token only its digest is kept. What has begun and not ended, to the second, is believed
    without another look; everything else is the proving signer's to judge.
    """

    proving: TokenSigner
    _known: OrderedDict[bytes, AccessClaims] = attrs.field(
        factory=OrderedDict, init=False, alias="known"
    )

    def sign(self, claims: AccessClaims) -> str:
        return self.proving.sign(claims)

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None and known.issued_at <= at < known.expires_at:
            return known
        claims = self.proving.read(token, at=at)
        self._known[digest] = claims
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return claims

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        return self.proving.public_keys()
