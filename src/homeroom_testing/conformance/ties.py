"""The promises of the look at what ties persons to other houses and to the roster."""

from datetime import timedelta

from homeroom.house import Storage
from homeroom.kernel.ids import PersonId, new_id
from homeroom.people.model.identities import Account
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.ports.ties import Tie
from homeroom.roster.model.nodes import Lineage, NodeKind
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround, a_kept_person
from homeroom_testing.conformance.roster_ground import (
    a_kept_node,
    an_enrolment,
    keep_enrolments,
)


class TiesConformance(PeopleGround):
    """What `Ties` promises. What ties people comes into the storage by its own doors."""

    async def test_accounts_are_told_house_by_house_the_first_of_each(
        self, storage: Storage, house: Institution
    ) -> None:
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        await _link(storage, ana, "google", "110")
        await _link(storage, ana, "moodle", "b@moodle.example", minutes=1)
        await _link(storage, ana, "moodle", "a@moodle.example", minutes=2)
        await _link(storage, ben, "moodle", "7@moodle.example")
        found = await storage.ties.of([ana.id, ben.id])
        assert dict(found[ana.id].accounts) == {"google": "110", "moodle": "b@moodle.example"}
        assert dict(found[ben.id].accounts) == {"moodle": "7@moodle.example"}

    async def test_seats_are_told_in_the_order_of_their_ids_those_that_go_on(
        self, storage: Storage, house: Institution
    ) -> None:
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        courses = [await _a_course(storage, house, code) for code in ("IT1", "IT2", "IT3")]
        ended = an_enrolment(ana, courses[1])
        ended.end(source=ended.source, at=NOON)
        first, last = courses[0], courses[2]
        await keep_enrolments(storage, an_enrolment(ana, last), an_enrolment(ana, first), ended)
        await keep_enrolments(storage, an_enrolment(ben, courses[1]))
        found = await storage.ties.of([ana.id, ben.id])
        assert list(found[ana.id].seats) == sorted([first.node.id, last.node.id])
        assert list(found[ben.id].seats) == [courses[1].node.id]

    async def test_whoever_is_tied_to_nothing_is_told_of_too(
        self, storage: Storage, house: Institution
    ) -> None:
        ana, nobody = await a_kept_person(storage, house, "ana"), PersonId(new_id())
        found = await storage.ties.of([ana.id, nobody])
        assert {one: (dict(tie.accounts), list(tie.seats)) for one, tie in found.items()} == {
            ana.id: ({}, []),
            nobody: ({}, []),
        }
        assert dict(await storage.ties.of([])) == {}

    async def test_an_account_is_not_shown_where_a_tie_is_printed(self) -> None:
        assert "7@moodle" not in repr(Tie(accounts={"moodle": "7@moodle.example"}))


async def _link(
    storage: Storage, person: Person, provider: str, subject: str, *, minutes: int = 0
) -> None:
    at = NOON + timedelta(minutes=minutes)
    async with storage.start() as unit:
        await unit.identities.save(Account.link(person, provider, subject, at=at))
        await unit.commit()


async def _a_course(storage: Storage, house: Institution, code: str) -> Lineage:
    return await a_kept_node(storage, house, code, NodeKind.COURSE)
