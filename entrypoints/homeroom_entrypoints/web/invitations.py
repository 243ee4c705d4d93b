"""Invitations over HTTP, and what whoever holds a ticket does with it."""

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import TicketId
from homeroom.kernel.page import CursorRequest
from homeroom.people.model import rights
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.web.bodies import told_as
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.devices import AllCallers, device_of
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.people_wire import PersonAnswer
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.ticket_wire import (
    AcceptanceBody,
    AgainBody,
    ForgottenAnswer,
    ForgottenBody,
    InvitationAnswer,
    InvitationBody,
    InvitationsAnswer,
    InvitedAnswer,
    ResetBody,
    TokenBody,
    VerifiedAnswer,
)

_AS_USUAL = AgainBody()


class InvitationController(Controller):
    """Invitations of an institution."""

    path = "/admin/users/invitations"
    tags = ("people",)

    @post(summary="Invite somebody", opt=asks(rights.INVITE, rights.MAKE_ADMINISTRATOR))
    async def invite(
        self, data: JSONBody[InvitationBody], request: ApiRequest, homeroom: House
    ) -> InvitedAnswer:
        name = data.username or data.email
        identity = Identity.given(name, data.first_name, data.last_name, data.email)
        invited = await homeroom.people.invite_person(
            request.user,
            identity,
            roles=data.roles,
            expires_at=data.expires_at,
            born=data.birth_date,
        )
        return InvitedAnswer.of(invited, homeroom.plant.ambient.clock.now())

    @get(summary="Look through invitations, newest first", opt=asks(rights.SEE_INVITATIONS))
    async def find(
        self, request: ApiRequest, homeroom: House, cursor: Cursor = None, limit: Limit = 20
    ) -> InvitationsAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.people.list_invitations(request.user, page)
        now = homeroom.plant.ambient.clock.now()
        rows = [InvitationAnswer.of(held, now) for held in found.items]
        return InvitationsAnswer(data=rows, next_cursor=write_cursor(found.next))

    @post(
        "/{invitation_id:uuid}/send",
        status_code=200,
        summary="Send another invitation in the place of one",
        opt=asks(rights.INVITE_AGAIN, rights.MAKE_ADMINISTRATOR),
    )
    async def send(
        self,
        invitation_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        data: JSONBody[AgainBody] = _AS_USUAL,
    ) -> InvitedAnswer:
        invited = await homeroom.people.invite_again(
            request.user, TicketId(invitation_id), expires_at=data.expires_at
        )
        return InvitedAnswer.of(invited, homeroom.plant.ambient.clock.now())

    @delete(
        "/{invitation_id:uuid}",
        summary="Take an invitation back",
        opt=asks(rights.WITHDRAW_INVITATION, rights.MAKE_ADMINISTRATOR),
    )
    async def withdraw(
        self, invitation_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> None:
        await homeroom.people.withdraw_invitation(request.user, TicketId(invitation_id))


class TicketController(Controller):
    """What needs no token of a session: whoever asks is nobody yet, or forgot how to prove it."""

    path = "/auth"
    tags = ("auth",)
    security = ({},)

    @post(
        "/invitations/verify",
        status_code=200,
        summary="See whose invitation it is, which stays good",
    )
    async def verify(self, data: JSONBody[TokenBody], homeroom: House) -> VerifiedAnswer:
        return VerifiedAnswer.of(await homeroom.people.look_at_invitation(data.token))

    @post("/invitations/accept", status_code=200, summary="Accept an invitation, once")
    async def accept(
        self,
        data: JSONBody[AcceptanceBody],
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> PersonAnswer:
        accept = homeroom.people.accept_invitation
        person = await accept(data.token, data.password, name=data.name or "")
        doorkeeper.forget_everyone()
        return PersonAnswer.of(person)

    @post("/password/forgot", status_code=202, summary="Ask for a letter to choose a password by")
    async def forgot(
        self,
        data: JSONBody[ForgottenBody],
        request: ApiRequest,
        homeroom: House,
        callers: AllCallers,
    ) -> ForgottenAnswer:
        await homeroom.people.ask_for_reset(data.username, device_of(request, callers))
        return ForgottenAnswer()

    @post(
        "/password/reset",
        status_code=204,
        summary="Choose a new password by what the letter has, once; all sessions end",
    )
    async def reset(
        self,
        data: JSONBody[ResetBody],
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> None:
        with told_as({"password": "newPassword"}):
            await homeroom.people.reset_password(data.token, data.new_password)
        doorkeeper.forget_everyone()
