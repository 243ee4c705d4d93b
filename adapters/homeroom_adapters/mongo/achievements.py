"""What learners earned, as documents, inside a unit of work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.experience import Award, Booking
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.ids import InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.mongo.achievement_rows import (
    ACHIEVERS,
    ADDED,
    AWARDS,
    DAY,
    EVERY,
    SUMS,
    SumRow,
    achiever_document,
    achiever_from,
    added,
    award_document,
    award_from,
    award_id,
    sum_row_from,
    sums_of,
)
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import Crossed, translated
from homeroom_adapters.mongo.rows import Document, document_of

_MOMENT = 0.1
_SHOWN = ("listed", "alias")


@attrs.frozen
class MongoAchievers:
    """What everybody came to, inside a unit. Whoever holds it holds its document."""

    _desk: Desk
    _outbox: Outbox

    async def hold(self, person_id: PersonId, institution_id: InstitutionId) -> Achiever:
        this = {"_id": str(person_id)}
        if held := await self._desk.hold(ACHIEVERS, this):
            if held["institution_id"] != str(institution_id):
                held["institution_id"] = str(institution_id)
                await self._desk.change(ACHIEVERS, this, {"$set": _but_id(held)})
            return achiever_from(held)
        nothing = Achiever(person_id=person_id, institution_id=institution_id)
        if not await self._desk.insert_unless_taken(ACHIEVERS, achiever_document(nothing)):
            raise Crossed(retry_after=_MOMENT)
        return nothing

    async def save(self, achiever: Achiever) -> None:
        goals = {"daily_goal": achiever.goals.daily, "weekly_goal": achiever.goals.weekly}
        cells = {**achiever_document(achiever), **goals}
        await self._say(achiever, {name: cells[name] for name in cells if name not in _SHOWN})

    async def show(self, achiever: Achiever) -> None:
        await self._say(achiever, {"listed": achiever.listed, "alias": achiever.alias})
        theirs = {"person_id": str(achiever.person_id)}
        with translated():
            await self._desk.writing(SUMS).update_many(
                theirs, {"$set": {"listed": achiever.listed}}, session=self._desk.session
            )

    async def of(self, person_id: PersonId) -> Achiever | None:
        found = await self._desk.find_one(ACHIEVERS, {"_id": str(person_id)})
        return None if found is None else achiever_from(found)

    async def remove(self, person_id: PersonId) -> int:
        return await self._desk.remove(ACHIEVERS, {"_id": str(person_id)})

    async def _say(self, achiever: Achiever, cells: Document) -> None:
        this = {"_id": str(achiever.person_id)}
        await self._desk.change(ACHIEVERS, this, {"$set": _but_id(cells)})
        await self._outbox.put(*achiever.release_events())


@attrs.frozen
class MongoAwards:
    """What was booked, inside a unit: for whom it holds, so that sums may be read first."""

    _desk: Desk

    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        every = {award_id(one): one for one in awards}
        if not every:
            return []
        known = await self._desk.find(AWARDS, {"_id": {"$in": list(every)}})
        before = {one["_id"]: award_from(one) for one in known}
        fresh = [one for name, one in every.items() if name not in before]
        booked = [Booking(award=one) for one in fresh]
        booked += await self._told_again(before, every)
        await self._insert(AWARDS, map(award_document, fresh))
        if booked:
            await self._add_up(sums_of(achiever, booked))
        return booked

    async def tried(
        self, person_id: PersonId, questions: Collection[QuestionId], *, apart_from: SittingId
    ) -> Sequence[Award]:
        theirs = {"person_id": str(person_id), "question_id": {"$in": list(map(str, questions))}}
        found = map(award_from, await self._desk.find(AWARDS, theirs))
        others = (one for one in found if one.sitting_id not in (None, apart_from))
        return sorted(others, key=lambda one: (one.at, one.key))

    async def days(self, person_id: PersonId, *, since: date) -> Mapping[date, int]:
        theirs = {"person_id": str(person_id), "exam_id": str(EVERY), "period": DAY}
        lately = {**theirs, "begins_on": {"$gte": since.isoformat()}}
        found = map(sum_row_from, await self._desk.find(SUMS, lately, sort=[("begins_on", 1)]))
        return {one.begins_on: one.answered for one in found if one.answered > 0}

    async def of(self, person_id: PersonId) -> Sequence[Award]:
        found = await self._desk.find(AWARDS, {"person_id": str(person_id)})
        every = map(award_from, found)
        return sorted(every, key=lambda one: (one.at, one.cause.value, one.key))

    async def remove(self, person_id: PersonId) -> int:
        await self._desk.remove(SUMS, {"person_id": str(person_id)})
        return await self._desk.remove(AWARDS, {"person_id": str(person_id)})

    async def _told_again(
        self, before: Mapping[str, Award], every: Mapping[str, Award]
    ) -> Sequence[Booking]:
        """Those that are known, and worth something else from now on."""
        told = [
            Booking(award=every[name].as_first_booked(one), before=one)
            for name, one in before.items()
        ]
        changed = [one for one in told if one.award != one.before]
        for one in changed:
            document = award_document(one.award)
            await self._desk.replace(AWARDS, {"_id": document["_id"]}, document)
        return changed

    async def _add_up(self, came: Mapping[str, SumRow]) -> None:
        found = await self._desk.find(SUMS, {"_id": {"$in": list(came)}})
        for kept in map(sum_row_from, found):
            more = came[kept.id]
            row = added(kept, **{name: getattr(more, name) for name in ADDED}, streak=more.streak)
            await self._desk.replace(SUMS, {"_id": kept.id}, document_of(row))
        there = {one["_id"] for one in found}
        new = [one for key, one in came.items() if key not in there]
        await self._insert(SUMS, map(document_of, new))

    async def _insert(self, name: str, documents: Iterable[Document]) -> None:
        new = list(documents)
        if new:
            with translated():
                await self._desk.writing(name).insert_many(new, session=self._desk.session)


def _but_id(cells: Document) -> Document:
    return {name: cell for name, cell in cells.items() if name != "_id"}
