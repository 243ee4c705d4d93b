"""The promises of whoever tells whose data is kept under seal."""

from homeroom.house import Storage
from homeroom.kernel.ids import PersonId
from homeroom.people.model.ages import AgeRecord
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.conformance.ages import keep_ages, sealed
from homeroom_testing.conformance.identities import an_account, keep_account
from homeroom_testing.conformance.people_ground import PeopleGround, a_kept_person
from homeroom_testing.conformance.storage import settle_in


class SealedPeopleConformance(PeopleGround):
    """What `SealedPeople` promises."""

    async def test_of_nobody_anything_is_sealed_at_first(
        self, storage: Storage, house: Institution
    ) -> None:
        await a_kept_person(storage, house)
        assert await storage.sealed_people.sealed_after(None, 10) == []

    async def test_who_has_a_sealed_birth_date_is_told(
        self, storage: Storage, house: Institution
    ) -> None:
        ana, ben = await these(storage, house, "ana", "ben")
        await keep_ages(storage, sealed(ana), AgeRecord.begin(ben))
        assert await storage.sealed_people.sealed_after(None, 10) == [ana.id]

    async def test_who_has_a_sealed_token_is_told(
        self, storage: Storage, house: Institution
    ) -> None:
        ana, ben = await these(storage, house, "ana", "ben")
        await keep_account(storage, an_account(ana, "3"))
        await keep_account(storage, an_account(ben, "4", sealed="a seal"))
        assert await storage.sealed_people.sealed_after(None, 10) == [ben.id]

    async def test_who_has_several_secrets_is_told_once(
        self, storage: Storage, house: Institution
    ) -> None:
        [ana] = await these(storage, house, "ana")
        await keep_ages(storage, sealed(ana))
        for subject in ("3", "4"):
            await keep_account(storage, an_account(ana, subject, sealed="a seal"))
        assert await storage.sealed_people.sealed_after(None, 10) == [ana.id]

    async def test_people_of_every_institution_are_told(
        self, storage: Storage, house: Institution
    ) -> None:
        [ana] = await these(storage, house, "ana")
        [ben] = await these(storage, await settle_in(storage, "Another School"), "ben")
        await keep_ages(storage, sealed(ana), sealed(ben))
        assert set(await storage.sealed_people.sealed_after(None, 10)) == {ana.id, ben.id}

    async def test_portion_by_portion_everybody_is_told_once(
        self, storage: Storage, house: Institution
    ) -> None:
        everybody = await these(storage, house, *(f"person-{number}" for number in range(5)))
        await keep_ages(storage, *(sealed(one) for one in everybody))
        told: list[PersonId] = []
        last: PersonId | None = None
        while portion := await storage.sealed_people.sealed_after(last, 2):
            assert len(portion) <= 2
            told += portion
            last = portion[-1]
        assert told == sorted((one.id for one in everybody), key=lambda one: one.int)


async def these(storage: Storage, house: Institution, *names: str) -> list[Person]:
    return [await a_kept_person(storage, house, name) for name in names]
