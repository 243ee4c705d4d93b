"""A table of questions, one in each row, as spreadsheets write them."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager

from homeroom.exams.model.answers import Kind
from homeroom.exams.ports.formats import (
    Found,
    Holds,
    QuestionFormat,
    QuestionSource,
    Sheet,
    Trait,
    UnreadableFile,
)
from homeroom.kernel.codec import Ambient
from homeroom_adapters.formats import rows
from homeroom_adapters.formats.lines import Line, Unread, broken, checked, lines_of

_ORDERS = ("=", "+", "-", "@", "\t", "\r", "\n")
_SEPARATORS = ",;\t"
_LONGEST_HEADER = 2_000


class Table:
    """Comma-separated values under a line of names. Semicolons and tabs are read as well."""

    endings = (".csv", ".tsv")
    media_type = "text/csv"
    holds = Holds(
        kinds=frozenset(Kind),
        traits=frozenset(Trait) - {Trait.HINTS, Trait.IDS},
    )

    def read(self, source: QuestionSource) -> Iterator[Found]:
        lines = _Lines(lines_of(source))
        names = _names(lines)
        # Strict: a quote that is never closed is told, and does not swallow what comes after.
        reader = csv.reader(lines, delimiter=names.separator, strict=True)
        while True:
            lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield broken(lines.first, f"is no row of a table: {error}. Mend its quotes.")
                continue
            if any(cell.strip() for cell in cells) or lines.wrong:
                yield _found(lines, names, cells)

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        yield _written(rows.COLUMNS).encode()
        for sheet in sheets:
            yield _written(rows.row(sheet)).encode()


class _Lines(Iterator[str]):
    """The lines for a reader of tables, and where the row began that it is at."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.first, self.last = 0, 0
        self.wrong: Line | None = None

    def begin(self) -> None:
        self.first, self.wrong = self.last + 1, None

    def __next__(self) -> str:
        line = next(self._lines)
        self.last = line.number
        if line.wrong:
            self.wrong = self.wrong or line
        return f"{line.text}\n"


class _Names:
    """Which column is where."""

    def __init__(self, header: str) -> None:
        self.separator = max(_SEPARATORS, key=header.count)
        cells = header.split(self.separator)  # no name of ours has a separator in it, or a quote
        self.names = [cell.strip().strip('"').lower() for cell in cells]

    def of(self, cells: list[str]) -> Mapping[str, str]:
        """Raises `Unread`."""
        if any(cell.strip() for cell in cells[len(self.names) :]):
            raise Unread("has more cells than the table has columns. Quote cells with separators.")
        named = zip(self.names, cells, strict=False)
        return {name: text for name, cell in named if (text := _plain(cell))}


def _names(lines: _Lines) -> _Names:
    """Raises `UnreadableFile`."""
    header = next(lines, "")
    names = _Names(header.strip()[:_LONGEST_HEADER])
    known = [name.lower() for name in rows.COLUMNS]
    strange = [name for name in names.names if name and name not in known]
    if lines.wrong or strange or not {"kind", "question"} <= set(names.names):
        told = f"; {strange[0][:40]!r} is none of them" if strange else ""
        raise UnreadableFile(
            f"The first line must name columns of {', '.join(rows.COLUMNS)}"
            f", with kind and question among them{told}."
        )
    return names


def _found(lines: _Lines, names: _Names, cells: list[str]) -> Found:
    if lines.wrong:
        return broken(lines.wrong.number, lines.wrong.wrong)
    try:
        return checked(lines.first, rows.sheet(names.of(cells)))
    except Unread as error:
        return broken(lines.first, error.message, error.field)


def _plain(cell: str) -> str:
    """Without the quote that keeps a spreadsheet from carrying it out."""
    bare = cell.lstrip("'")
    text = cell[1:] if cell != bare and bare.startswith(_ORDERS) else cell
    return text.replace("\r\n", "\n").strip()


def _harmless(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula, and would carry it out."""
    return f"'{cell}" if cell.lstrip("'").startswith(_ORDERS) else cell


def _written(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(_harmless(cell) for cell in cells)
    return text.getvalue()


@asynccontextmanager
async def open_format(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `csv`."""
    yield Table()
