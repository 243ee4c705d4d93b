"""`homeroom people posts`: somebody becomes something at a node, is found there, and taken away."""

import asyncio
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import NodeId
from homeroom.roster.model.nodes import Label, NodeKind
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings

Ran = Callable[..., Result]
NAMES = ("--first-name", "Ana", "--last-name", "Reyes")
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def ana(ran: Ran) -> str:
    made = ran("people", "create", "ana", *NAMES, "--role", "TEACHER", "--json")
    return str(json.loads(made.stdout)["person"]["id"])


@pytest.fixture
def department(ana: str, tmp_path: Path) -> str:
    assert ana  # her school is there
    return str(asyncio.run(_department(tmp_path)))


async def _department(directory: Path) -> NodeId:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(directory)})
    async with open_homeroom(settings) as homeroom:
        [house] = await homeroom.plant.storage.people.institutions()
        admin = Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))
        label = Label.given("CCS", "Computer Studies")
        made = await homeroom.roster.create_node(admin, NodeKind.DEPARTMENT, label)
        return made.node.id


def test_somebody_becomes_dean_of_a_department_and_is_it_no_more(
    ran: Ran, ana: str, department: str
) -> None:
    given = ran("people", "posts", "give", ana, "DEAN", department)
    assert "Computer Studies" in given.stdout, given.stderr
    told = json.loads(ran("people", "posts", "list", ana, "--json").stdout)["data"]
    assert told == [
        {
            "role": "DEAN",
            "source": "manual",
            "nodeId": department,
            "kind": "DEPARTMENT",
            "code": "CCS",
            "name": "Computer Studies",
        }
    ]
    there = json.loads(ran("people", "posts", "at", department, "--json").stdout)
    assert [(one["personId"], one["role"]) for one in there["data"]] == [(ana, "DEAN")]
    assert "Ana Reyes" in ran("people", "posts", "at", department).stdout
    assert json.loads(ran("people", "show", ana, "--json").stdout)["roles"] == ["TEACHER"]
    assert ran("people", "posts", "take", ana, "DEAN", department).stdout == "Taken.\n"
    assert ran("people", "posts", "list", ana).stdout == "Nothing anywhere.\n"
    assert ran("people", "posts", "at", department).stdout == "Nobody is anything there.\n"


def test_what_somebody_is_at_a_node_is_exported_with_them(
    ran: Ran, ana: str, department: str
) -> None:
    ran("people", "posts", "give", ana, "DEAN", department)
    told = json.loads(ran("people", "export", ana).stdout)
    assert f"DEAN:manual:{uuid.UUID(department)}" in json.dumps(told)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("give", "{ana}", "CHAIRPERSON", "{department}"), 2, "CHAIRPERSON is held at a PROGRAM"),
        (("give", "{ana}", "ADMIN", "{department}"), 2, "ADMIN"),
        (("give", "{ana}", "DEAN", NOWHERE), 3, "no such node"),
        (("give", NOWHERE, "DEAN", "{department}"), 3, "no such person"),
        (("take", "{ana}", "DEAN", "{department}"), 3, "Nobody gave them this role"),
        (("at", NOWHERE), 3, "no such node"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, ana: str, department: str, words: tuple[str, ...], code: int, said: str
) -> None:
    result = ran("people", "posts", *(one.format(ana=ana, department=department) for one in words))
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
