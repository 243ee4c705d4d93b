"""Ages over HTTP: birth dates for administrators, and what teachers stand up for."""

from uuid import UUID

from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import PersonId
from homeroom.people.model import rights
from homeroom_entrypoints.web.ages_wire import (
    AgeAnswer,
    AttestationAnswer,
    AttestationBody,
    BirthDateBody,
)
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.rights import asks


class AgeController(Controller):
    """How old somebody is, as far as the house knows; no list shows it."""

    tags = ("people",)

    @get(
        "/admin/users/{person_id:uuid}/age",
        summary="What is known of somebody's age",
        opt=asks(rights.SEE_PERSONS),
    )
    async def show(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> AgeAnswer:
        found = await homeroom.people.get_age(request.user, PersonId(person_id))
        return AgeAnswer.of(found)

    @put(
        "/admin/users/{person_id:uuid}/birth-date",
        summary="Say when somebody was born, or have it forgotten",
        opt=asks(rights.CHANGE_PERSON, rights.MAKE_ADMINISTRATOR),
    )
    async def set_birth_date(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[BirthDateBody],
        request: ApiRequest,
        homeroom: House,
    ) -> AgeAnswer:
        say = homeroom.people.set_birth_date
        return AgeAnswer.of(await say(request.user, PersonId(person_id), data.birth_date))

    @post(
        "/users/{person_id:uuid}/age-attestation",
        summary="Stand up for it that somebody is 13 or older",
        opt=asks(rights.ATTEST_AGE),
    )
    async def attest(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[AttestationBody],
        request: ApiRequest,
        homeroom: House,
    ) -> AttestationAnswer:
        attest = homeroom.people.attest_age
        return AttestationAnswer.of(await attest(request.user, PersonId(person_id), data.evidence))
