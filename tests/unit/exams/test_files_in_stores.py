"""Files of questions, brought into an exam and taken out again, in every store we have."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from fractions import Fraction

import attrs
import pytest

from homeroom.exams.model.answers import ALL, Kind
from homeroom.exams.model.catalogue import Exam, Objective, Outline
from homeroom.exams.model.choices import Marking, Multiple, Option
from homeroom.exams.model.questions import Content, Question, Source
from homeroom.exams.ports.formats import Sheet, UnreadableFile
from homeroom.exams.use_cases.bringing import Arrival, Report, Wishes
from homeroom.exams.use_cases.looking import Wanted
from homeroom.house import StorageSettings
from homeroom.kernel.actor import Actor
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom_adapters.formats.json_file import JsonFile
from homeroom_adapters.formats.qti import QTI_3, Qti
from homeroom_adapters.sql.storage import open_schema
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.exam_sheets import sheet_of
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.sandboxes import empty_postgres, postgres_database
from homeroom_testing.services import Found, services_of_this_machine
from homeroom_testing.zips import Member, members_of, with_members, zip_of

pytestmark = pytest.mark.anyio

_POSTGRES = pytest.param("postgres", marks=pytest.mark.service("postgres"))
FORMATS = ("csv", "gift", "json", "moodle_xml", "qti21", "qti3")


@attrs.frozen
class Desk:
    """An author, and an exam that asks for two things."""

    exams: Exams
    author: Actor
    exam: Exam

    async def bring(self, name: str, file: bytes, **wishes: object) -> Report:
        source = io.BytesIO(file)
        wanted = Wishes(**{"objective": "1.1", **wishes})
        return await self.exams.import_questions(self.author, self.exam.id, name, source, wanted)

    async def take_out(self, name: str) -> bytes:
        taken = await self.exams.export_questions(self.author, self.exam.id, name)
        return b"".join([piece async for piece in taken.pieces])

    async def bank(self) -> dict[str | None, Question]:
        page = CursorRequest(limit=200)
        found = await self.exams.find_questions(self.author, Wanted(exam=self.exam.id), page)
        return {one.reference: one for one in found.items}


@pytest.fixture(scope="module")
def postgres_house() -> Iterator[str]:
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as url:
        asyncio.run(_upgrade(url))
        yield url


async def _upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()


@pytest.fixture(params=["memory", "sqlite", _POSTGRES])
def store(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "memory":
        return {"HOMEROOM_STORAGE__ADAPTER": "memory"}
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_store")
    else:
        url = request.getfixturevalue("postgres_house")
        empty_postgres(url)
    return {"HOMEROOM_STORAGE__ADAPTER": "sql", "HOMEROOM_STORAGE__URL": url}


@pytest.fixture
async def desk(store: dict[str, str]) -> AsyncIterator[Desk]:
    async with open_homeroom(load_settings({**store, **FAST_VARIABLES})) as homeroom:
        house = await settle_in(homeroom.plant.storage)
        author = Actor(institution_id=house.id, roles=frozenset({Role.TEACHER}))
        vendor = await homeroom.exams.begin_vendor(author, "Academy")
        parts = tuple(
            Objective(code=f"1.{number}", name=f"Part {number}", weight=Fraction(50))
            for number in (1, 2)
        )
        outline = Outline(code="BACKEND", name="Backend engineering", objectives=parts)
        exam = await homeroom.exams.draft_exam(author, vendor.id, outline)
        yield Desk(homeroom.exams, author, exam)


def everything() -> list[Sheet]:
    """One of each kind, and one that says all that can be said of a question."""
    plain = [attrs.evolve(sheet_of(kind), reference=kind.value, objective="1.2") for kind in Kind]
    options = tuple(
        Option(id=one, text=f"{one}\n  {one}", worth=worth, explanation=f"For {one}.")
        for one, worth in [("1", ALL), ("b", Fraction(0)), ("true", ALL)]
    )
    rich = Content(
        stem="Which?\n\nLook  twice.",
        body=Multiple(options=options, marking=Marking.HALVES),
        explanation="Both are.",
        difficulty=5,
        tags=frozenset({"x, y", "z"}),
        sources=(Source("A book"), Source("A page", "https://pages.example/7")),
        media_url="https://pictures.example/moon.png",
    )
    return [*plain, Sheet(content=rich, reference="Nr. 7 / rich", objective="1.1")]


def packed(sheets: list[Sheet]) -> bytes:
    return b"".join(Qti(QTI_3, (".zip",)).write(sheets))


async def test_all_that_a_package_tells_is_kept_and_comes_out_again(desk: Desk) -> None:
    sheets = everything()
    report = await desk.bring("qti3", packed(sheets))
    assert report.counts == {Arrival.DRAFTED: len(sheets)}
    kept = await desk.bank()
    assert {name: one.content for name, one in kept.items()} == {
        one.reference: one.content for one in sheets
    }
    assert await desk.take_out("qti3") != b""


@pytest.mark.parametrize("name", FORMATS)
async def test_an_export_brought_in_again_changes_nothing(desk: Desk, name: str) -> None:
    written = b"".join(JsonFile().write(everything()))
    assert (await desk.bring("json", written)).counts == {Arrival.DRAFTED: len(everything())}
    report = await desk.bring(name, await desk.take_out(name))
    assert set(report.counts) == {Arrival.UNCHANGED}, report.rows


async def test_a_package_brought_in_again_revises_by_identifier_and_adds_nothing(
    desk: Desk,
) -> None:
    sheets = everything()
    await desk.bring("qti21", packed(sheets))
    last = sheets[-1]
    changed = attrs.evolve(last, content=attrs.evolve(last.content, stem="Which of these?"))
    report = await desk.bring("qti3", packed([*sheets[:-1], changed]))
    assert report.counts == {Arrival.UNCHANGED: len(sheets) - 1, Arrival.REVISED: 1}
    kept = await desk.bank()
    assert len(kept) == len(sheets)
    assert kept[last.reference].edition == 2


async def test_a_dry_run_of_a_package_tells_the_same_and_keeps_nothing(desk: Desk) -> None:
    file = packed(everything())
    tried = await desk.bring("qti3", file, dry_run=True)
    assert await desk.bank() == {}
    assert tried.counts == (await desk.bring("qti3", file)).counts


def _broken() -> dict[str, bytes]:
    """Packages of which most is sound, and what is wrong stands at their end."""
    many = [
        attrs.evolve(sheet_of(Kind.TRUE_FALSE), reference=f"q{number}") for number in range(250)
    ]
    file = packed(many)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    members = [Member.of(*one) for one in members_of(file).items()]
    last = members[-2]
    changed = attrs.evolve(last, packed=last.packed.replace(b"one", b"two"))
    return {
        "truncated": file[: len(file) * 9 // 10],
        "entities": with_members(file, Member.of("z.xml", bomb)),
        "zip-slip": with_members(file, Member.of("../evil.xml", b"<x/>")),
        "gigabyte": with_members(file, Member(name="z.xml", size=1_000_000_000)),
        "changed": zip_of([*members[:-2], changed, members[-1]]),
    }


@pytest.mark.parametrize("case", ["truncated", "entities", "zip-slip", "gigabyte", "changed"])
async def test_of_a_dangerous_package_nothing_is_written(desk: Desk, case: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        await desk.bring("qti3", _broken()[case])
    assert refused.value.message.startswith(("This package", "In this package", "This is no"))
    assert await desk.bank() == {}


async def test_a_name_in_a_package_is_never_written_to(desk: Desk, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = with_members(packed(everything()), Member.of("../evil.xml", b"<x/>"))
    with pytest.raises(UnreadableFile):
        await desk.bring("qti3", file)
    assert not [name for name in tmp_path.parent.iterdir() if "evil" in name.name]
