"""Structured logs: one line per event, traced, redacted, in JSON or for people."""

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog

from homeroom.kernel.tracing import current_trace
from homeroom_entrypoints.composition.redaction import redact, redact_fields
from homeroom_entrypoints.composition.sections import LogSettings

Fields = MutableMapping[str, Any]
Render = Callable[[dict[str, Any]], str]

_LEVELS = {"warn": "warning", "exception": "error", "fatal": "critical"}
_CALM = frozenset({"debug", "info"})
_MOST_TOLD = 200
"""So many lines are kept back at most, however long a turn of the loop takes."""

_OURS = frozenset({"level", "timestamp", "msg", "trace_id"})

# Libraries that tell at INFO what we tell ourselves, addresses of strangers included, or at DEBUG
# every value that they carry: the names in a statement, the body of a message. RabbitMQ's are not
# among them: its adapter keeps them silent, unless somebody has chosen a level for them.
_TALKATIVE = (
    *("alembic", "asyncio", "httpcore", "httpx", "uvicorn.access", "websockets"),
    *("aiosmtplib", "aiosqlite", "psycopg", "pymongo", "redis", "sqlalchemy"),
)

# What a record carries beside what its author put there by `extra=`.
_RECORD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# The web server tells its messages a second time, painted for a terminal.
_TOLD_TWICE = frozenset({"color_message"})
_NOT_EXTRA = _RECORD_FIELDS | _TOLD_TWICE


def configure_logs(settings: LogSettings, *, stream: TextIO | None = None) -> None:
    """Send every log line of this process, ours and libraries', to *stream* (stderr).

    Called once by an entrypoint, never at import. Calling it again replaces what was.
    """
    out: TextIO = sys.stderr if stream is None else stream
    write = Lines(out, _renderer(settings, out))
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=[write.from_structlog],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[Records(write)], level=level, force=True)
    logging.captureWarnings(capture=True)
    _ask_for_nothing_untold()
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _ask_for_nothing_untold() -> None:
    """Our lines name no file, thread, process or task; to look for them is half of a record."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    setattr(logging, "logAsyncioTasks", False)  # noqa: B010 - Python 3.11 does not know it


def _renderer(settings: LogSettings, stream: TextIO) -> Render:
    return as_json if settings.format == "json" else _for_people(colours=stream.isatty())


class Lines:
    """Writes events as lines: whole, one after the other, whatever thread they come from.

    What is told within one turn of an event loop is written together when the turn is over:
    before anything that was awaited comes back, so that whoever was told of a thing can have
    read the lines that led to it. Trouble, and what other threads tell, is written at once.
    """

    def __init__(self, stream: TextIO, render: Render) -> None:
        self._stream = stream
        self._render = render
        # What is collected while we hold it may have something to tell, in the same thread.
        self._lock = threading.RLock()
        self._told: list[str] = []
        self._turn: asyncio.AbstractEventLoop | None = None
        """The loop at whose end of turn what was told is written."""

        self.lost = 0

    def from_structlog(self, _logger: object, method: str, fields: Fields) -> str:
        """The last processor of structlog's chain: shapes, writes, and hands nothing on."""
        event = fields.pop("event", "")
        self.write(_LEVELS.get(method, method), event, fields)
        raise structlog.DropEvent

    def write(self, level: str, event: object, fields: Fields) -> None:
        self.tell(level, self._render(shape(level, event, fields)))

    @property
    def are_json(self) -> bool:
        return self._render is as_json

    def tell(self, level: str, text: str) -> None:
        """Write a line that is made already. Nothing in it is looked at."""
        loop = asyncio._get_running_loop() if level in _CALM else None
        with self._lock:
            self._told.append(text)
            if loop is None or len(self._told) >= _MOST_TOLD:
                self._write()
            elif self._turn is not loop:
                self._turn = loop
                loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what was told so far."""
        with self._lock:
            self._turn = None
            self._write()

    def _write(self) -> None:
        told, self._told = self._told, []
        if not told:
            return
        try:
            self._stream.write("".join(told))
            self._stream.flush()
        except (OSError, ValueError):
            # A full disk or a closed pipe must not stop the work that would be told of.
            self.lost += len(told)


def shape(level: str, event: object, fields: Fields) -> dict[str, Any]:
    """The line's fields, in their order, with nothing in them that must not be told."""
    if fields.get("exc_info") or fields.get("stack_info"):
        _unfold_error(fields)
    line: dict[str, Any] = {
        "level": level,
        "timestamp": datetime.now(UTC),
        "msg": redact(event),
    }
    if trace := current_trace():
        line["trace_id"] = trace
    for name, value in redact_fields(fields).items():
        line[f"{name}_" if name in _OURS else name] = value
    return line


def _unfold_error(fields: Fields) -> None:
    """Replace the error by its story; source lines stay, local values never come along."""
    error = fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif not isinstance(error, BaseException):
        error = sys.exc_info()[1]
    if error is not None:
        fields["error"] = type(error).__name__
        fields["exception"] = "".join(traceback.format_exception(error))


_encode = msgspec.json.Encoder(enc_hook=str).encode


def as_json(line: dict[str, Any]) -> str:
    """One line of JSON. Line breaks inside of values are escaped, so nobody forges a line."""
    try:
        return _encode(line).decode() + "\n"
    except (ValueError, TypeError, RecursionError, OverflowError):
        # Half a surrogate pair, a number beyond 64 bits: told as text rather than not at all.
        return _encode({name: ascii(value) for name, value in line.items()}).decode() + "\n"


def _for_people(*, colours: bool) -> Render:
    paint = structlog.dev.ConsoleRenderer(
        colors=colours, event_key="msg", exception_formatter=structlog.dev.plain_traceback
    )

    def render(line: dict[str, Any]) -> str:
        line["timestamp"] = line["timestamp"].strftime("%H:%M:%S.%f")[:-3]
        error = line.pop("exception", "")
        told = paint(None, "", {_escaped(name): _one_line(it) for name, it in line.items()})
        return f"{told}\n{_visible(error)}"

    return render


def _one_line(value: object) -> object:
    return value if isinstance(value, int | float | None) else _escaped(str(value))


def _escaped(text: str) -> str:
    """Control characters as their escapes, so that a value cannot move the cursor."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _visible(text: str) -> str:
    return "".join(f"{_escaped(line)}\n" for line in text.splitlines())


class Records(logging.Handler):
    """Libraries that use `logging` are heard through the same lines."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def createLock(self) -> None:  # noqa: N802 - as `logging` calls it
        """The lines have one of their own."""
        self.lock = None

    def flush(self) -> None:
        """Called when the process ends, too."""
        self._lines.flush()

    def close(self) -> None:
        self.flush()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.write(record.levelname.lower(), record.getMessage(), _fields(record))
        except Exception:  # noqa: BLE001 - logging must not stop the work it tells of
            self.handleError(record)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    extra = {name: it for name, it in vars(record).items() if name not in _NOT_EXTRA}
    story = {"exc_info": record.exc_info} if record.exc_info else {}
    return {"logger": record.name, **extra, **story}
