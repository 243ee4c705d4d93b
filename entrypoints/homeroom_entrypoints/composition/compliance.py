"""Compliance, wired: the record and what seals it, and what every context holds of persons."""

from functools import partial

from dependency_injector import containers, providers

from homeroom.compliance.use_cases import (
    consents,
    dead_entries,
    own_consents,
    personal_data,
    record,
    retention,
)
from homeroom.exams.use_cases.achievement_data import DataOfAchievements
from homeroom.exams.use_cases.personal_data import DataOfExams
from homeroom.people.use_cases.ages import DataOfAges, known_age
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.personal_data import (
    DataOfPeople,
    find_subject,
    institutions_here,
    retention_of_each,
)
from homeroom.roster.use_cases.personal_data import DataOfRoster
from homeroom_entrypoints.composition.facade import Compliance, Plant


class ComplianceContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)

    start = plant.provided.storage.start
    queries = plant.provided.storage.record
    clock = plant.provided.ambient.clock
    looks = plant.provided.looks

    seal = providers.Factory(record.SealRecords, start=start, queries=queries)
    read = providers.Factory(record.ReadRecord, queries=queries)
    find = providers.Object(find_subject)
    birth_dates = providers.Factory(BirthDates, plant.provided.sealer)
    strip = providers.Factory(
        retention.StripConsents,
        start=start,
        retention=providers.Callable(partial, retention_of_each, plant.provided.storage.people),
        clock=clock,
    )
    holders = providers.Factory(
        personal_data.Holders,
        find=find,
        each=providers.List(
            providers.Factory(DataOfPeople),
            providers.Factory(DataOfAges, birth_dates),
            providers.Factory(DataOfRoster),
            providers.Factory(DataOfExams),
            providers.Factory(DataOfAchievements),
            providers.Factory(personal_data.DataOfCompliance, queries=queries),
        ),
    )
    use_cases = providers.Factory(
        Compliance,
        read_record=read,
        get_entry=providers.Factory(record.GetEntry, queries=queries),
        export_record=providers.Factory(record.ExportRecord, read=read, looks=looks, clock=clock),
        verify_record=providers.Factory(
            record.VerifyRecord,
            queries=queries,
            institutions=providers.Callable(
                partial, institutions_here, plant.provided.storage.people
            ),
            seal=seal,
            looks=looks,
            clock=clock,
        ),
        seal_records=seal,
        lay_down=providers.Factory(record.LayDown, start=start),
        list_dead_entries=providers.Factory(dead_entries.ListDeadEntries, looks=looks),
        replay_dead_entries=providers.Factory(
            dead_entries.ReplayDeadEntries, looks=looks, clock=clock
        ),
        export_person=providers.Factory(
            personal_data.ExportPerson, start=start, holders=holders, clock=clock
        ),
        export_own_data=providers.Factory(
            personal_data.ExportOwnData, start=start, holders=holders, clock=clock
        ),
        erase_person=providers.Factory(
            personal_data.ErasePerson, start=start, holders=holders, clock=clock
        ),
        give_consent=providers.Factory(consents.GiveConsent, start=start, find=find, clock=clock),
        withdraw_consent=providers.Factory(consents.WithdrawConsent, start=start, clock=clock),
        list_consents=providers.Factory(
            consents.ListConsents, start=start, find=find, looks=looks, clock=clock
        ),
        list_own_consents=providers.Factory(own_consents.ListOwnConsents, start=start),
        withdraw_own_consent=providers.Factory(
            own_consents.WithdrawOwnConsent, start=start, clock=clock
        ),
        check_consents=providers.Factory(
            consents.CheckConsents,
            start=start,
            find=find,
            ages=providers.Factory(
                consents.Ages,
                find=providers.Callable(partial, known_age, birth_dates),
                rules=plant.provided.age_rules,
            ),
            clock=clock,
            looks=looks,
        ),
    )


def assemble_compliance(plant: Plant) -> Compliance:
    """Compliance's use cases over *plant*, and its handler among the plant's."""
    container = ComplianceContainer(plant=providers.Object(plant))
    container.check_dependencies()
    plant.handlers.add(retention.ForgetEvidence, container.strip())
    plant.handlers.add(record.SealAll, container.seal().handle)
    use_cases: Compliance = container.use_cases()
    return use_cases
