"""What people agreed to, over HTTP: for administrators, and for themselves."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from homeroom.compliance.model import rights
from homeroom.compliance.model.consents import Agreement
from homeroom.kernel.ids import ConsentId, PersonId
from homeroom_entrypoints.web.consents_wire import (
    CheckBody,
    ClearedAnswer,
    ConsentAnswer,
    ConsentsAnswer,
    NewConsentBody,
)
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.rights import asks


class ConsentController(Controller):
    """Each with what proves it; none is ever removed."""

    path = "/admin"
    tags = ("compliance",)

    @post(
        "/users/{person_id:uuid}/consents",
        summary="Note that somebody agreed to something",
        opt=asks(rights.GIVE_CONSENT),
    )
    async def give(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[NewConsentBody],
        request: ApiRequest,
        homeroom: House,
    ) -> ConsentAnswer:
        agreed = Agreement.given(data.kind, data.given_by, data.evidence, data.expires_at)
        given = await homeroom.compliance.give_consent(request.user, PersonId(person_id), agreed)
        return ConsentAnswer.of(given, at=homeroom.plant.ambient.clock.now())

    @get(
        "/users/{person_id:uuid}/consents",
        summary="What somebody agreed to, newest first",
        opt=asks(rights.SEE_CONSENTS),
    )
    async def find(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ConsentsAnswer:
        found = await homeroom.compliance.list_consents(request.user, PersonId(person_id))
        now = homeroom.plant.ambient.clock.now()
        return ConsentsAnswer(data=[ConsentAnswer.of(one, at=now) for one in found])

    @post(
        "/users/{person_id:uuid}/consents/check",
        status_code=200,
        summary="Whether something may be done with somebody's data",
        opt=asks(rights.SEE_CONSENTS),
    )
    async def check(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[CheckBody],
        request: ApiRequest,
        homeroom: House,
    ) -> ClearedAnswer:
        check = homeroom.compliance.check_consents
        who, born = PersonId(person_id), data.birth_date
        return ClearedAnswer.of(await check(request.user, who, data.kind, born=born))

    @post(
        "/consents/{consent_id:uuid}/withdraw",
        status_code=200,
        summary="Note that somebody agrees no more",
        opt=asks(rights.WITHDRAW_CONSENT),
    )
    async def withdraw(
        self, consent_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ConsentAnswer:
        withdrawn = await homeroom.compliance.withdraw_consent(request.user, ConsentId(consent_id))
        return ConsentAnswer.of(withdrawn, at=homeroom.plant.ambient.clock.now())


class OwnConsentController(Controller):
    """What I agreed to."""

    path = "/me/consents"
    tags = ("compliance",)

    @get(summary="What I agreed to, newest first", opt=asks(rights.OWN_CONSENTS))
    async def find(self, request: ApiRequest, homeroom: House) -> ConsentsAnswer:
        found = await homeroom.compliance.list_own_consents(request.user)
        now = homeroom.plant.ambient.clock.now()
        return ConsentsAnswer(data=[ConsentAnswer.of(one, at=now) for one in found])

    @post(
        "/{consent_id:uuid}/withdraw",
        status_code=200,
        summary="I agree no more",
        opt=asks(rights.OWN_CONSENTS),
    )
    async def withdraw(
        self, consent_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ConsentAnswer:
        withdraw = homeroom.compliance.withdraw_own_consent
        withdrawn = await withdraw(request.user, ConsentId(consent_id))
        return ConsentAnswer.of(withdrawn, at=homeroom.plant.ambient.clock.now())
