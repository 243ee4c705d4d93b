"""`homeroom people`: who is here, what they are, and whether they may sign in."""

import secrets
import uuid
from datetime import datetime

import click

from homeroom.kernel.ids import PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import ALSO_CALLED, Role
from homeroom.people.model.naming import Naming
from homeroom.people.model.persons import Identity, Person
from homeroom_entrypoints.cli.ages import age, attest, born, born_option, day_of
from homeroom_entrypoints.cli.invitations import COMMANDS as INVITING
from homeroom_entrypoints.cli.personal_data import erase, export
from homeroom_entrypoints.cli.posts import posts
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.people_wire import PersonAnswer, PersonsAnswer
from homeroom_entrypoints.web.wire import TellingSecrets

_ROLES = click.Choice([*(role.value for role in Role), *ALSO_CALLED], case_sensitive=False)
_roles = click.option("--role", "roles", multiple=True, type=_ROLES, help="May be said again.")
_person = click.argument("person_id", type=click.UUID)


class NewPersonAnswer(TellingSecrets, frozen=True):
    """The password is shown here and never again; it is null if a password was typed."""

    person: PersonAnswer
    password: str | None


@click.group(help="Take people in, list and change them; export or erase what is held of them.")
def people() -> None: ...


for _command in INVITING:
    people.add_command(_command)


people.add_command(posts)
people.add_command(age)
people.add_command(born)
people.add_command(attest)
people.add_command(export)
people.add_command(erase)


@people.command(help="Take somebody in. At their first sign-in they choose a password.")
@click.argument("user_name")
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--email")
@click.option("--ask", is_flag=True, help="Ask for a first password, in place of making one.")
@born_option
@_roles
@as_json
@with_homeroom
async def create(
    homeroom: Homeroom,
    user_name: str,
    first_name: str,
    last_name: str,
    email: str | None,
    ask: bool,
    born: datetime | None,
    roles: tuple[str, ...],
    as_json: bool,
) -> None:
    password = _typed() if ask else secrets.token_urlsafe(12)
    person = await homeroom.people.create_person(
        await operator(homeroom),
        Identity.given(user_name, first_name, last_name, email),
        roles=frozenset(map(Role, roles)),
        password=password,
        born=day_of(born),
    )
    answer = NewPersonAnswer(person=PersonAnswer.of(person), password=None if ask else password)
    shown = {} if ask else {"first password": password}
    show_answer(answer, [{**_row(person), **shown}], as_json=as_json)


@people.command("list", help="List people, newest first.")
@click.option("--search", default="", help="Somewhere in a name or an e-mail address.")
@click.option("--role", type=_ROLES)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom, search: str, role: str | None, limit: int, cursor: str | None, as_json: bool
) -> None:
    page = await homeroom.people.find_persons(
        await operator(homeroom),
        CursorRequest(read_cursor(cursor), limit),
        text=search,
        role=None if role is None else Role(role),
    )
    found = [PersonAnswer.of(person) for person in page.items]
    answer = PersonsAnswer(data=found, next_cursor=write_cursor(page.next))
    rows = [_row(person) for person in page.items]
    show_answer(answer, rows, as_json=as_json, empty="Nobody yet.")


@people.command(help="Show one person.")
@_person
@as_json
@with_homeroom
async def show(homeroom: Homeroom, person_id: uuid.UUID, as_json: bool) -> None:
    person = await homeroom.people.get_person(await operator(homeroom), PersonId(person_id))
    show_answer(PersonAnswer.of(person), [_row(person)], as_json=as_json)


@people.command(help="Say what somebody is, by hand: exactly these roles.")
@_person
@_roles
@with_homeroom
async def roles(homeroom: Homeroom, person_id: uuid.UUID, roles: tuple[str, ...]) -> None:
    change = homeroom.people.change_person
    wanted = frozenset(map(Role, roles))
    person = await change(await operator(homeroom), PersonId(person_id), roles=wanted)
    click.echo(f"Roles: {_roles_of(person) or 'none'}.")


@people.command(help="Call somebody otherwise; what is not said stays.")
@_person
@click.option("--user-name", "username")
@click.option("--first-name")
@click.option("--last-name")
@click.option("--email", help="An empty one takes the address away.")
@as_json
@with_homeroom
async def rename(
    homeroom: Homeroom,
    person_id: uuid.UUID,
    username: str | None,
    first_name: str | None,
    last_name: str | None,
    email: str | None,
    as_json: bool,
) -> None:
    naming = Naming(user_name=username, first_name=first_name, last_name=last_name, email=email)
    change = homeroom.people.change_person
    person = await change(await operator(homeroom), PersonId(person_id), naming=naming)
    show_answer(PersonAnswer.of(person), [_row(person)], as_json=as_json)


@people.command(help="Sign somebody out everywhere, and let them in no more.")
@_person
@with_homeroom
async def stop(homeroom: Homeroom, person_id: uuid.UUID) -> None:
    change = homeroom.people.change_person
    await change(await operator(homeroom), PersonId(person_id), is_active=False)
    click.echo("Stopped.")


@people.command(help="Let somebody sign in again.")
@_person
@with_homeroom
async def resume(homeroom: Homeroom, person_id: uuid.UUID) -> None:
    change = homeroom.people.change_person
    await change(await operator(homeroom), PersonId(person_id), is_active=True)
    click.echo("Resumed.")


@people.command(help="Choose a new first password for somebody; all their sessions end.")
@_person
@with_homeroom
async def password(homeroom: Homeroom, person_id: uuid.UUID) -> None:
    chosen = _typed()
    await homeroom.people.set_password(await operator(homeroom), PersonId(person_id), chosen)
    click.echo("Changed. They choose another at their next sign-in.")


def _typed() -> str:
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _roles_of(person: Person) -> str:
    return ", ".join(sorted(role.value for role in person.held))


def _row(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "user name": person.identity.user_name,
        "name": person.identity.full_name,
        "roles": _roles_of(person),
        "may sign in": "yes" if person.is_active else "no",
        "last signed in": person.last_login_at,
    }
