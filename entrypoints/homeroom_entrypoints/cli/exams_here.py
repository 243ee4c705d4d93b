"""Which exam a command means, and who sits for it."""

import getpass
import uuid

import click

from homeroom.exams.model.catalogue import Exam
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Invalid
from homeroom.kernel.ids import ExamId
from homeroom.kernel.rights import Role
from homeroom.people.errors import PersonNotFound
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.facade import Homeroom

as_somebody = click.option(
    "--as",
    "user_name",
    metavar="USER",
    help="Whose it is, by user name; left out, whoever is called as your account here.",
)


async def exam_called(homeroom: Homeroom, actor: Actor, said: str) -> Exam:
    """The exam of that id, or of that code. Raises `ExamNotFound`, `ExamAmbiguous`."""
    try:
        exam_id = ExamId(uuid.UUID(said))
    except ValueError:
        return await homeroom.exams.get_exam.by_code(actor, said)
    return await homeroom.exams.get_exam(actor, exam_id)


async def somebody(homeroom: Homeroom, user_name: str | None) -> Actor:
    """Who does what is a person's own: whoever may run commands may be anybody here.

    Without a name it is who is called as their account of this machine, taken in if need be.
    Raises `PersonNotFound` and `PersonInactive`.
    """
    named = (user_name or _account()).lower()
    known = await homeroom.plant.storage.persons.by_name(named)
    if known is not None:
        return known.person.act()
    if user_name:
        raise PersonNotFound
    taken_in = await homeroom.people.create_person(
        await operator(homeroom),
        Identity.given(named, named, "(this machine)"),
        roles=frozenset({Role.STUDENT}),
    )
    return taken_in.act()


def _account() -> str:
    """Raises `Invalid` where whoever runs this has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Invalid("Your account here has no name. Say --as and a user name.") from None
