"""Who may do what, as one matrix: every use case with its rights, and the page that shows them.

`python -m homeroom_testing.rights_matrix docs/contexts/people.md` writes the page anew.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

import homeroom
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.rights import HELD_AT_NODES, Right, rights

UNASKED: Mapping[str, str] = {
    "compliance.LayDown": "the house does it for itself, with what was handed over",
    "compliance.SealRecords": "the house does it for itself, now and then",
    "compliance.StripConsents": "a worker does it: the handler of `ForgetEvidence`",
    "exams.MakeStatistics": "a worker does it: the handler of `CountExam`",
    "exams.FindDueStatistics": "a worker does it: the handler of `CountAnswers`",
    "exams.ExpireSittings": "a worker does it: the handler of `EndRunOut`",
    "exams.ForgetSources": "a worker does it: the handler of `ForgetSource`",
    "exams.FitCurves": "a worker does it: the handler of `LearnCurves`",
    "exams.RegradeSittings": "a worker does it: the handler of `JudgeAgain`",
    "exams.Settle": "a worker does it: the handler of `SettleAwards`",
    "exams.WriteQuestions": "a worker does it: the handler of `WriteOrdered`",
    "operations.Tidy": "a worker does it: the handler of `TidyUp`",
    "people.AppointSuperAdmin": "the operator does it, before there is a super admin to ask",
    "people.AcceptInvitation": "whoever was invited is nobody yet: the token is the proof",
    "people.AskForReset": "whoever forgot their password is nobody yet",
    "people.Authenticate": "whoever shows a key's secret is nobody yet",
    "people.BeginOpenId": "whoever sets out to sign in is nobody yet",
    "people.Forget": "a worker does it: the handler of `ForgetSessions`",
    "people.Leave": "whoever shows a refresh token is nobody, and only ends what it is of",
    "people.LookAtInvitation": "whoever was invited is nobody yet: the token is the proof",
    "people.OpenHouse": "the operator does it, before there is anybody to ask",
    "people.Post": "a worker does it: the handler of `SendTicket`",
    "people.Prepare": "a worker does it: the handler of `PrepareReset`",
    "people.Recognise": "whoever shows an access token is nobody yet",
    "people.Refresh": "whoever shows a refresh token is nobody yet",
    "people.ResetPassword": "whoever forgot their password is nobody yet: the token is the proof",
    "people.SignIn": "whoever signs in is nobody yet",
    "people.SignInFromPage": "whoever signs in is nobody yet",
    "people.SignInWithOpenId": "whoever signs in is nobody yet",
    "people.SignInWithIdToken": "whoever signs in is nobody yet",
    "people.SignInAsDeveloper": "whoever develops here is nobody yet; never in production",
    "scheduling.LookAfter": "a worker does it: the handler of `LookAfterAbandoned`",
    "scheduling.Deliver": "a worker does it: the handler of `DeliverExecution`",
    "scheduling.FireDue": "a scheduler does it, whenever something is due",
    "scheduling.Forget": "a worker does it: the handler of `ForgetHistory`",
    "scheduling.HearPing": "whoever knows a watch's token may ping, and is nobody else",
    "scheduling.InstallSystemTasks": "the house does it for itself, at start",
    "scheduling.NoticeSilence": "a scheduler does it, whenever a ping stays away",
    "scheduling.RunChained": "a worker does it: the handler of `RunAfter`",
    "scheduling.StartNext": "a worker does it: the handler of `TakeTurns`",
    "scheduling.TellFailure": "a worker does it: the handler of `AlertFailure`",
    "scheduling.TellSilence": "a worker does it: the handler of `AlertSilence`",
}
"""The use cases that no person asks for, and why; every other one says which right it asks."""

_BEGIN = "<!-- rights: written by `python -m homeroom_testing.rights_matrix`, not by hand -->"
_END = "<!-- /rights -->"


def use_cases() -> Mapping[str, type]:
    """Every use case of every context, as `context.UseCase`."""
    return {
        f"{module.split('.')[1]}.{name}": thing
        for module in _rooms()
        for name, thing in vars(importlib.import_module(module)).items()
        if isinstance(thing, type) and thing.__module__ == module and is_use_case(thing)
    }


def _rooms() -> Iterator[str]:
    found = (one.name for one in pkgutil.walk_packages(homeroom.__path__, "homeroom."))
    return (name for name in found if name.split(".")[2:3] == ["use_cases"])


def is_use_case(cls: type) -> bool:
    """Whether *cls* is a step by itself: it is called, or an actor asks something of it."""
    return attrs.has(cls) and ("__call__" in vars(cls) or bool(asked_steps(cls)))


def asked_steps(cls: type) -> list[str]:
    """The steps of *cls* that an actor asks for."""
    return [name for name, thing in vars(cls).items() if _is_step(name, thing) and _asks(thing)]


def _is_step(name: str, thing: object) -> bool:
    waits = inspect.iscoroutinefunction(thing) or inspect.isasyncgenfunction(thing)
    return name == "__call__" or (waits and not name.startswith("_"))


def _asks(step: Callable[..., object]) -> bool:
    return any(one.annotation is Actor for one in inspect.signature(step).parameters.values())


def rights_of(cls: type) -> Mapping[str, Right]:
    """The rights that *cls* says it asks, by their names in the class."""
    return {name: thing for name, thing in vars(cls).items() if isinstance(thing, Right)}


def fault_of(name: str, cls: type, unasked: Mapping[str, str] = UNASKED) -> str:
    """Why the rules cannot be read off the use case *name*; empty if they can."""
    if name in unasked and (rights_of(cls) or asked_steps(cls)):
        return f"{name} is said to be asked for by nobody, and asks a right or takes an actor"
    if name not in unasked and not rights_of(cls):
        return f"{name} has no right, and no reason why it needs none"
    return ""


def matrix() -> str:
    """The matrix of rights and roles, and what no person asks for, in Markdown."""
    use_cases()  # their rooms bring the tables of rights along
    head = ["Right", *(f"`{role.value}`" for role in Role), "What one may do with it"]
    rows = [[f"`{one.name}`", *(_cell(one, role) for role in Role), one.lets] for one in rights]
    unasked = [[f"`{name.partition('.')[2]}`", why] for name, why in sorted(UNASKED.items())]
    return f"{_table(head, rows)}\n{_table(['Asked for by no person', 'Why'], unasked)}"


def _cell(right: Right, role: Role) -> str:
    if role is Role.SUPER_ADMIN:
        return "everywhere" if right.everywhere else "yes"
    if not right.is_held_in(frozenset({role})):
        return "-"
    return "yes, or at a node" if right.at_nodes and role in HELD_AT_NODES else "yes"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written_into(page: str) -> str:
    """*page* with the matrix as it is now between its marks. Raises `ValueError` without marks."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the page has no place for the matrix, between {_BEGIN!r} and {_END!r}")
    return f"{before}{begin}\n\n{matrix()}\n{end}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(written_into(path.read_text("utf-8")), "utf-8")
