"""Which questions may be served now: remembered for a moment, and told anew once it changes."""

import struct
from collections.abc import Mapping, Sequence
from uuid import UUID

import attrs

from homeroom.exams.ports.bank import BankQueries, Candidate
from homeroom.kernel.cache import Cache, CacheKey, CachePolicy
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId

Candidates = Mapping[ObjectiveId, Sequence[Candidate]]

OLDEST = 5.0
"""Seconds after which a change is seen in every process, told or not."""

_POLICY = CachePolicy(ttl=4.5, jitter=0.1, stale_if_error=0)
_ROW = struct.Struct(">16s16sIB")
_REMEMBERED = 64


@attrs.frozen(kw_only=True)
class Pools:
    """The active questions of each exam, by objective.

    Whoever changes what may be served says so with `changed`: with a cache that all processes
    share, it is seen at once everywhere. Where nobody can say so, it is seen after `OLDEST`.
    """

    bank: BankQueries
    cache: Cache
    _read: dict[ExamId, tuple[bytes, Candidates]] = attrs.field(
        factory=dict[ExamId, tuple[bytes, Candidates]],
        init=False,
        eq=False,
        repr=False,
        alias="read",
    )

    async def of(self, exam_id: ExamId) -> Candidates:
        """However many ask at once, the store is asked once."""

        async def load() -> bytes:
            return _written(await self.bank.pools(exam_id))

        told = await self.cache.get(_key(exam_id), _POLICY, load)
        known = self._read.pop(exam_id, None)
        if known is None or known[0] != told:
            known = told, _read(told)
        self._read[exam_id] = known
        while len(self._read) > _REMEMBERED:
            del self._read[next(iter(self._read))]
        return known[1]

    async def changed(self, exam_id: ExamId) -> None:
        """Say so once the change is committed, never before."""
        await self.cache.invalidate(*_key(exam_id).tags)


def _key(exam_id: ExamId) -> CacheKey:
    return CacheKey.of("exams.pools", exam_id)


def _written(pools: Candidates) -> bytes:
    return b"".join(
        _ROW.pack(objective_id.bytes, one.id.bytes, one.edition, one.difficulty)
        for objective_id, pool in pools.items()
        for one in pool
    )


def _read(told: bytes) -> Candidates:
    pools: dict[ObjectiveId, list[Candidate]] = {}
    for objective, question, edition, difficulty in _ROW.iter_unpack(told):
        one = Candidate(id=QuestionId(UUID(bytes=question)), edition=edition, difficulty=difficulty)
        pools.setdefault(ObjectiveId(UUID(bytes=objective)), []).append(one)
    return pools
