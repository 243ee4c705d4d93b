"""What is kept for a time and then forgotten, as each institution says."""

from datetime import timedelta

import attrs
import pytest

from homeroom.compliance.model.consents import Consent
from homeroom.compliance.ports.record import EntryFilter
from homeroom.compliance.use_cases.retention import ForgetEvidence, StripConsents
from homeroom.house import Storage
from homeroom.kernel.audit import Change
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run
from homeroom.people.model.institutions import Institution
from homeroom.people.use_cases.id_tokens import SPENT
from homeroom.people.use_cases.personal_data import retention_of_each
from homeroom.people.use_cases.sessions import Forget, ForgetSessions
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.consents import a_consent, keep_consents
from homeroom_testing.conformance.people_ground import a_kept_person, a_session, keep_sessions
from homeroom_testing.conformance.storage import an_institution

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


def a_run() -> Run:
    return Run(
        job_id=JobId(new_id()),
        attempt=1,
        last_attempt=False,
        institution_id=None,
        trace_id="",
        report=lambda progress: None,
    )


async def a_house(storage: Storage, name: str, *, keeps: int) -> Institution:
    house = an_institution(name)
    house.terms = attrs.evolve(house.terms, retention_days=keeps)
    async with storage.start() as unit:
        await unit.institutions.add(house)
        await unit.commit()
    return house


async def withdrawn(storage: Storage, house: Institution, name: str) -> Consent:
    """A consent that was withdrawn at noon."""
    person = await a_kept_person(storage, house, name)
    consent = a_consent(person)
    consent.withdraw(at=NOON)
    await keep_consents(storage, consent)
    return consent


async def is_bare(storage: Storage, consent: Consent) -> bool:
    async with storage.start() as unit:
        return (await unit.consents.get(consent.id, reach=None)).is_bare


async def counts_of(storage: Storage, house: InstitutionId) -> list[Change]:
    wanted = EntryFilter(reach=house, action="compliance.forget_evidence")
    page = await storage.record.entries(wanted, CursorRequest())
    assert all(one.person_id is None and one.resource_id is None for one in page.items)
    return [one.changes["evidence"] for one in page.items]


async def test_each_institution_forgets_when_it_says_and_leaves_one_entry(
    storage: Storage, clock: SteppingClock
) -> None:
    soon, late = await a_house(storage, "Soon", keeps=10), await a_house(storage, "Late", keeps=20)
    theirs, others = await withdrawn(storage, soon, "ana"), await withdrawn(storage, late, "ben")
    person = await a_kept_person(storage, soon, "goes-on")
    goes_on = a_consent(person)
    await keep_consents(storage, goes_on)

    async def keep() -> dict[InstitutionId, timedelta]:
        return dict(await retention_of_each(storage.people))

    strip, run = StripConsents(storage.start, keep, clock), a_run()
    clock.step(seconds=(10 * DAY).total_seconds())
    await strip(ForgetEvidence(), run)
    assert not await is_bare(storage, theirs)
    clock.step(seconds=1)
    await strip(ForgetEvidence(), run)
    assert await is_bare(storage, theirs)
    assert not await is_bare(storage, others)
    assert not await is_bare(storage, goes_on)
    assert await counts_of(storage, soon.id) == [Change("1", None), Change("0", None)]
    assert await counts_of(storage, late.id) == [Change("0", None)] * 2


async def test_more_than_one_batch_is_forgotten_in_one_run(
    storage: Storage, clock: SteppingClock
) -> None:
    house = await a_house(storage, "Soon", keeps=1)
    person = await a_kept_person(storage, house, "ana")
    many = [a_consent(person) for _ in range(201)]
    for one in many:
        one.withdraw(at=NOON)
    await keep_consents(storage, *many)
    clock.step(seconds=(2 * DAY).total_seconds())

    async def keep() -> dict[InstitutionId, timedelta]:
        return {house.id: DAY}

    await StripConsents(storage.start, keep, clock)(ForgetEvidence(), a_run())
    assert await counts_of(storage, house.id) == [Change("201", None)]


async def test_old_sessions_are_forgotten_and_the_run_is_on_record(
    storage: Storage, clock: SteppingClock
) -> None:
    house = await a_house(storage, "Oldest", keeps=1)
    person = await a_kept_person(storage, house, "ana")
    await keep_sessions(storage, a_session(person), a_session(person))
    forget = Forget(storage.start, clock)
    await forget(ForgetSessions(), a_run())
    clock.step(seconds=(38 * DAY).total_seconds())
    await forget(ForgetSessions(), a_run())
    async with storage.start() as unit:
        assert await unit.traces.sessions(person.id) == []
    wanted = EntryFilter(reach=house.id, action="people.forget_sessions")
    page = await storage.record.entries(wanted, CursorRequest())
    assert [one.changes["sessions"].before for one in page.items] == ["2", "0"]


async def test_tokens_of_the_other_house_are_remembered_for_as_long_as_they_may_count(
    storage: Storage, clock: SteppingClock
) -> None:
    forget = Forget(storage.start, clock)

    async def is_new() -> bool:
        async with storage.start() as unit:
            first = await unit.inbox.first_time(SPENT, "digest")
            await unit.commit()
        return first

    assert await is_new()
    clock.step(seconds=DAY.total_seconds())
    await forget(ForgetSessions(), a_run())
    assert not await is_new()
    clock.step(seconds=DAY.total_seconds() + 1)
    await forget(ForgetSessions(), a_run())
    assert await is_new()
