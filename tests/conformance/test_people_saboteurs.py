"""Storages that break one promise each about persons, and the clause that catches them."""

import re
from collections.abc import Sequence
from datetime import datetime

import attrs
import pytest

from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, SessionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import PersonExists
from homeroom.people.model.credentials import Credential
from homeroom.people.model.persons import Identity, Person, Standing
from homeroom.people.model.sessions import Session
from homeroom.people.ports.persons import PersonFilter, SignInNames
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.people_tables import Name
from homeroom_adapters.memory.persons import (
    MemoryCredentials,
    MemoryPersonQueries,
    MemoryPersons,
)
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.credentials import CredentialsConformance
from homeroom_testing.conformance.person_lists import PersonListConformance
from homeroom_testing.conformance.person_queries import PersonQueriesConformance
from homeroom_testing.conformance.persons import PersonsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class OneNameForEachInstitution(MemoryPersons):
    """Lets go of the names that persons of other institutions hold."""

    async def save(self, person: Person) -> None:
        drafts = await self._transaction.writing()
        for name in person.identity.names:
            held = drafts.names.get(name)
            other = None if held is None else drafts.persons.get(held.person_id)
            if other is not None and other.institution_id != person.institution_id:
                drafts.names.remove(name)
        await super().save(person)


class TellsCapitalsApart(MemoryPersons):
    """Holds names as they are written."""

    async def save(self, person: Person) -> None:
        drafts = await self._transaction.writing()
        said = {person.identity.user_name, person.identity.email}
        odd = {name for name in person.identity.names if name not in said}
        held = {name: drafts.names.get(name) for name in odd}
        for name in odd:
            drafts.names.remove(name)
        await super().save(person)
        for name in odd:
            before = held[name]
            drafts.names.put(before or Name(name, person.id))


class HoldsUserNamesOnly(MemoryPersons):
    """Two may share an address."""

    async def save(self, person: Person) -> None:
        drafts = await self._transaction.writing()
        if person.identity.email is not None:
            drafts.names.remove(person.identity.email)
        await super().save(person)


class KeepsHalfOfTheRefused(MemoryPersons):
    async def save(self, person: Person) -> None:
        try:
            await super().save(person)
        except PersonExists:
            drafts = await self._transaction.writing()
            drafts.names.put(Name(person.identity.user_name, person.id))
            raise


class NeverGivesNamesUp(MemoryPersons):
    async def save(self, person: Person) -> None:
        drafts = await self._transaction.writing()
        known = drafts.persons.get(person.id)
        await super().save(person)
        for name in known.identity.names if known else ():
            drafts.names.put(Name(name, person.id))


class QuotesNames(MemoryPersons):
    async def save(self, person: Person) -> None:
        try:
            await super().save(person)
        except Exception as error:
            raise error from ValueError(person.identity.user_name)


class FindsForeignPersons(MemoryPersons):
    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        return await super().get(person_id, reach=None)


class NeverStale(MemoryPersons):
    async def save(self, person: Person) -> None:
        kept = (await self._transaction.writing()).persons.get(person.id)
        person.version = 0 if kept is None else kept.version
        await super().save(person)


class HoldsForTheStoppedToo(MemoryPersons):
    async def holding(self, role: Role) -> frozenset[PersonId]:
        every = (await self._transaction.writing()).persons.select(lambda one: role in one.held)
        return frozenset(one.id for one in every)


class HoldsAtSingleNodesToo(MemoryPersons):
    async def holding(self, role: Role) -> frozenset[PersonId]:
        every = (await self._transaction.writing()).persons
        acting = every.select(lambda one: one.is_active and _holds(one, role))
        return frozenset(one.id for one in acting)


class AsksWithoutWaiting(MemoryPersons):
    async def holding(self, role: Role) -> frozenset[PersonId]:
        every = self._transaction.reading().persons
        acting = every.select(lambda one: one.is_active and role in one.held)
        return frozenset(one.id for one in acting)


class LosesEvents(MemoryPersons):
    async def save(self, person: Person) -> None:
        person.release_events()
        await super().save(person)


class LosesWhereRolesCameFrom(MemoryPersons):
    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        found = await super().get(person_id, reach=reach)
        found.roles = frozenset({one.role: one for one in found.roles}.values())
        return found


class HoldsEverythingEverywhere(MemoryPersons):
    """Forgets at which node."""

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        found = await super().get(person_id, reach=reach)
        found.roles = frozenset(attrs.evolve(one, at=None) for one in found.roles)
        return found


class NeverAStalePassword(MemoryCredentials):
    async def save(self, credential: Credential) -> None:
        kept = await self.of(credential.person_id)
        credential.version = 0 if kept is None else kept.version
        await super().save(credential)


class FindsUserNamesOnly(MemoryPersonQueries):
    async def by_name(self, name: str) -> SignInNames | None:
        found = await super().by_name(name)
        return found if found and found.person.identity.user_name == name else None


class StandsOnAnySession(MemoryPersonQueries):
    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        session = self._store.sessions.rows.get(session_id)
        owner = person_id if session is None else session.person_id
        return await super().standing(owner, session_id)


class StandsForEver(MemoryPersonQueries):
    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        found = await super().standing(person_id, session_id)
        return None if found is None else attrs.evolve(found, session_ended=False)


class StandsInWholeInstitutionsAlone(MemoryPersonQueries):
    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        found = await super().standing(person_id, session_id)
        if found is not None:
            found.person.roles = frozenset(one for one in found.person.roles if one.at is None)
        return found


class TrustsGivenPasswords(MemoryPersonQueries):
    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        found = await super().standing(person_id, session_id)
        return None if found is None else attrs.evolve(found, must_change=False)


class FindsForeignPersonsByReading(MemoryPersonQueries):
    async def person(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        return await super().person(person_id, reach=None)


class ListsEndedSessions(MemoryPersonQueries):
    async def sessions(self, person_id: PersonId, *, at: datetime) -> Sequence[Session]:
        every = [one for one in self._store.sessions.rows.values() if one.person_id == person_id]
        return sorted(every, key=lambda one: one.used_at, reverse=True)


class ListsForeignPersons(MemoryPersonQueries):
    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        return await super().persons(attrs.evolve(wanted, reach=None), page)


class ListsHoldersOfEveryNode(MemoryPersonQueries):
    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        found = await super().persons(attrs.evolve(wanted, at=None), page)
        held = [one for one in found.items if one.posts or wanted.at is None]
        return CursorPage(held, found.next)


class ListsWhoLeftToo(MemoryPersonQueries):
    def _tied_to(self, top: NodeId) -> frozenset[PersonId]:
        rows = self._store.enrolments.rows.values()
        ever = (one.person_id for one in rows if top in self._store.nodes.rows[one.node_id].path)
        return super()._tied_to(top).union(ever)


class LooksAtTheVeryNodeAlone(MemoryPersonQueries):
    def _tied_to(self, top: NodeId) -> frozenset[PersonId]:
        every = super()._tied_to(top)
        rows = self._store.persons.rows
        posted = {one for one in every if any(post.at == top for post in rows[one].posts)}
        seats = self._store.enrolments.rows.values()
        return frozenset(posted | {one.person_id for one in seats if one.node_id == top} & every)


class ListsRolesOfWholeInstitutionsAlone(MemoryPersonQueries):
    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        found = await super().persons(wanted, page)
        held = [one for one in found.items if wanted.role is None or wanted.role in one.held]
        return CursorPage(held, found.next)


class BelievesInWildcards(MemoryPersonQueries):
    """What LIKE does with a text that nobody escaped."""

    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        meant = "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in wanted.text)
        every = await super().persons(attrs.evolve(wanted, text=""), page)
        said = re.compile(meant, re.IGNORECASE)
        found = [one for one in every.items if said.search(_said(one.identity))]
        return CursorPage(found, every.next)


class FindsAcrossNames(MemoryPersonQueries):
    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        every = await super().persons(attrs.evolve(wanted, text=""), page)
        text = wanted.text.casefold()
        found = [one for one in every.items if text in _said(one.identity).casefold()]
        return CursorPage(found, every.next)


class SkipsAtPageEnds(MemoryPersonQueries):
    """Goes on after the first row that it did not show."""

    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        more = (await super().persons(wanted, CursorRequest(page.after, page.limit + 1))).items
        beyond = more[page.limit].id if len(more) > page.limit else None
        return CursorPage(more[: page.limit], beyond)


class RepeatsAtPageEnds(MemoryPersonQueries):
    """Goes on after the last but one."""

    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        shown = await super().persons(wanted, page)
        if shown.next is None or len(shown.items) < 2:
            return shown
        return CursorPage(shown.items, shown.items[-2].id)


class NeverTheLastPage(MemoryPersonQueries):
    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        items = (await super().persons(wanted, page)).items
        return CursorPage(items, items[-1].id if items else None)


def _holds(person: Person, role: Role) -> bool:
    return any(one.role is role for one in person.roles)


def _said(identity: Identity) -> str:
    return identity.user_name + identity.full_name + (identity.email or "")


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    PersonsConformance: {
        OneNameForEachInstitution: "test_a_name_means_one_person_in_the_house",
        TellsCapitalsApart: "test_a_name_means_one_person_in_the_house",
        HoldsUserNamesOnly: "test_a_name_cannot_be_taken_by_a_change_either",
        KeepsHalfOfTheRefused: "test_who_is_refused_leaves_no_trace_in_the_unit",
        NeverGivesNamesUp: "test_a_name_that_was_given_up_is_free",
        QuotesNames: "test_a_refusal_quotes_no_name",
        FindsForeignPersons: "test_a_person_out_of_reach_is_not_found",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        LosesEvents: "test_what_happened_is_told_once_it_is_committed",
        LosesWhereRolesCameFrom: "test_a_change_is_kept",
        HoldsForTheStoppedToo: "test_everybody_is_told_who_holds_a_role_and_may_sign_in",
        HoldsAtSingleNodesToo: "test_everybody_is_told_who_holds_a_role_and_may_sign_in",
        HoldsEverythingEverywhere: "test_what_somebody_is_at_each_node_is_kept_apart",
        AsksWithoutWaiting: "test_who_asks_for_holders_waits_for_who_asked_before",
    },
    CredentialsConformance: {
        NeverAStalePassword: "test_one_of_two_first_passwords_is_refused",
    },
    PersonQueriesConformance: {
        FindsUserNamesOnly: "test_whoever_has_a_name_is_found_by_it_with_their_password",
        StandsOnAnySession: "test_nobody_stands_on_somebody_elses_session",
        StandsForEver: "test_who_was_stopped_or_signed_out_may_not_act",
        StandsInWholeInstitutionsAlone: ("test_standing_tells_what_somebody_is_at_single_nodes"),
        TrustsGivenPasswords: "test_who_did_not_choose_their_password_stands_there_as_such",
        FindsForeignPersonsByReading: "test_a_person_out_of_reach_is_not_found",
        ListsEndedSessions: "test_sessions_that_go_on_are_listed_last_used_first",
    },
    PersonListConformance: {
        ListsForeignPersons: "test_persons_out_of_reach_are_not_listed",
        ListsHoldersOfEveryNode: "test_persons_are_found_by_what_they_are_at_a_node",
        ListsRolesOfWholeInstitutionsAlone: ("test_persons_are_found_by_what_they_are_at_a_node"),
        ListsWhoLeftToo: "test_persons_are_found_by_where_they_hold_teach_or_attend_something",
        LooksAtTheVeryNodeAlone: (
            "test_persons_are_found_by_where_they_hold_teach_or_attend_something"
        ),
        BelievesInWildcards: "test_wildcards_are_letters_like_any_other",
        FindsAcrossNames: "test_text_is_not_found_across_the_ends_of_two_names",
        SkipsAtPageEnds: "test_persons_are_listed_newest_first_page_by_page",
        RepeatsAtPageEnds: "test_persons_are_listed_newest_first_page_by_page",
        NeverTheLastPage: "test_a_full_last_page_has_no_next",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
