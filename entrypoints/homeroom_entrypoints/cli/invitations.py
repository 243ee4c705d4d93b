"""`homeroom people invite` and what becomes of invitations."""

import uuid
from datetime import UTC, datetime

import click

from homeroom.kernel.ids import TicketId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import ALSO_CALLED, Role
from homeroom.people.model.persons import Identity
from homeroom.people.ports.tickets import Held
from homeroom.people.use_cases.invitations import Invited
from homeroom_entrypoints.cli.ages import born_option, day_of
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.ticket_wire import InvitationAnswer, InvitationsAnswer, InvitedAnswer

_ROLES = click.Choice([*(role.value for role in Role), *ALSO_CALLED], case_sensitive=False)
_invitation = click.argument("invitation_id", type=click.UUID)
_expires_at = click.option("--expires-at", type=click.DateTime(), help="In UTC; seven days if not.")


@click.command(help="Invite somebody: by a letter, or where none can be sent, by a token shown.")
@click.argument("email")
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--user-name", help="The e-mail address, if nothing else is said.")
@click.option("--role", "roles", multiple=True, type=_ROLES, help="May be said again.")
@_expires_at
@born_option
@as_json
@with_homeroom
async def invite(
    homeroom: Homeroom,
    email: str,
    first_name: str,
    last_name: str,
    user_name: str | None,
    roles: tuple[str, ...],
    expires_at: datetime | None,
    born: datetime | None,
    as_json: bool,
) -> None:
    invited = await homeroom.people.invite_person(
        await operator(homeroom),
        Identity.given(user_name or email, first_name, last_name, email),
        roles=frozenset(map(Role, roles)),
        expires_at=_in_utc(expires_at),
        born=day_of(born),
    )
    _show(homeroom, invited, as_json=as_json)


@click.command("invite-again", help="Send another invitation in the place of one.")
@_invitation
@_expires_at
@as_json
@with_homeroom
async def invite_again(
    homeroom: Homeroom, invitation_id: uuid.UUID, expires_at: datetime | None, as_json: bool
) -> None:
    invited = await homeroom.people.invite_again(
        await operator(homeroom), TicketId(invitation_id), expires_at=_in_utc(expires_at)
    )
    _show(homeroom, invited, as_json=as_json)


@click.command(help="List invitations, newest first.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def invitations(homeroom: Homeroom, limit: int, cursor: str | None, as_json: bool) -> None:
    request = CursorRequest(read_cursor(cursor), limit)
    page = await homeroom.people.list_invitations(await operator(homeroom), request)
    now = homeroom.plant.ambient.clock.now()
    found = [InvitationAnswer.of(held, now) for held in page.items]
    answer = InvitationsAnswer(data=found, next_cursor=write_cursor(page.next))
    rows = [_row(held, now) for held in page.items]
    show_answer(answer, rows, as_json=as_json, empty="Nobody is invited yet.")


@click.command(help="Take an invitation back: nobody can accept it any more.")
@_invitation
@with_homeroom
async def uninvite(homeroom: Homeroom, invitation_id: uuid.UUID) -> None:
    await homeroom.people.withdraw_invitation(await operator(homeroom), TicketId(invitation_id))
    click.echo("Taken back.")


COMMANDS = (invite, invite_again, invitations, uninvite)


def _show(homeroom: Homeroom, invited: Invited, *, as_json: bool) -> None:
    now = homeroom.plant.ambient.clock.now()
    sent = {"sent": "by mail" if invited.by_mail else "not yet"}
    row = {**_row(invited.held, now), **sent}
    show_answer(InvitedAnswer.of(invited, now), [row], as_json=as_json)
    if invited.secret is not None and not as_json:  # on a line of its own, for people copy it whole
        click.echo(f"Give them this, shown once: {invited.link or invited.secret.text}")


def _row(held: Held, now: datetime) -> dict[str, object]:
    return {
        "id": held.ticket.id,
        "name": held.person.identity.full_name,
        "e-mail": held.person.identity.email,
        "roles": ", ".join(sorted(role.value for role in held.person.held)),
        "state": held.ticket.state(at=now).value,
        "expires": held.ticket.expires_at,
    }


def _in_utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
