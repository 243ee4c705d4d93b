"""Printed questions, kept where they are asked for: here, then in the cache, then in the store."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence

import attrs

from homeroom.exams.model.papers import Press, Printed
from homeroom.exams.ports.bank import BankQueries, Edition
from homeroom.kernel.cache import Cache, CacheKey, CachePolicy
from homeroom.kernel.ids import QuestionId

_POLICY = CachePolicy(ttl=3600, soft=1, stale_if_error=3600)
_ROOM = 32 * 1024 * 1024


@attrs.define(kw_only=True)
class Shelf:
    """Every edition is printed once, and stays until there is no more room.

    One lies here under its question and its number. Those of a paper that do not are asked for
    together: in one trip to the cache, under the name of all that are wanted, and in one
    question to the store. Nothing is ever forgotten early, for an edition never changes.
    """

    bank: BankQueries
    cache: Cache
    press: Press
    room: int = _ROOM
    """Bytes. What was asked for longest ago makes room."""

    _lying: dict[Edition, Printed] = attrs.field(
        factory=dict[Edition, Printed], init=False, eq=False, repr=False, alias="lying"
    )

    async def printed(self, wanted: Sequence[Edition]) -> Mapping[Edition, Printed]:
        # While we wait, other papers may take the room of what lies here now.
        found = {one: self._lying[one] for one in wanted if one in self._lying}
        missing = sorted({*wanted} - found.keys())
        if missing:
            found |= await self._fetched(missing)
        for one, printed in found.items():
            self._lay(one, printed)
        return found

    def _lay(self, edition: Edition, printed: Printed) -> None:
        before = self._lying.pop(edition, None)
        self._lying[edition] = printed
        self.room += 0 if before is None else before.size
        self.room -= printed.size
        while self.room < 0 and len(self._lying) > 1:
            self.room += self._lying.pop(next(iter(self._lying))).size

    async def _fetched(self, missing: Sequence[Edition]) -> Mapping[Edition, Printed]:
        async def load() -> bytes:
            contents = await self.bank.editions(missing)
            return _written({one: self.press.printed(one[0], contents[one]) for one in missing})

        key = CacheKey.of("exams.printed", self.press.layout, _name_of(missing))
        told = await self.cache.get(key, _POLICY, load)
        if all(one in self._lying for one in missing):  # whoever waited beside us was first
            return {one: self._lying[one] for one in missing}
        return _read(told, missing)


def _name_of(editions: Collection[Edition]) -> str:
    """The same for the same ones: they come sorted."""
    digest = hashlib.blake2b(digest_size=16)
    for question_id, edition in editions:
        digest.update(question_id.bytes)
        digest.update(edition.to_bytes(4, "big"))
    return digest.hexdigest()


def _written(printed: Mapping[Edition, Printed]) -> bytes:
    rows = [
        (one.head.decode(), {name: text.decode() for name, text in one.choices.items()})
        for one in printed.values()
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def _read(told: bytes, editions: Sequence[Edition]) -> Mapping[Edition, Printed]:
    return {
        (QuestionId(question_id), number): Printed(
            head.encode(), {name: text.encode() for name, text in choices.items()}
        )
        for (question_id, number), (head, choices) in zip(editions, json.loads(told), strict=True)
    }
