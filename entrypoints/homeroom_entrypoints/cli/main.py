"""`homeroom`: the command line.

Exit codes: 0 done, 1 something is missing or degraded, 2 bad input or settings, 3 not found,
4 not allowed, 5 conflict, 6 unavailable.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from homeroom_entrypoints.cli.starting import without, without_collecting

# Structlog would paint errors with the first two; dependency_injector would read settings by the
# third, and wire what the others serve.
_IN_CASE = ("rich", "colorama", "yaml", "fastapi", "fast_depends", "starlette", "werkzeug")

_HOMES = {
    "up": "serving",
    "web": "serving",
    "worker": "serving",
    "db": "database",
    "jobs": "jobs",
    "keys": "keys",
    "institutions": "institutions",
    "districts": "districts",
    "people": "people",
    "roster": "roster",
    "exams": "exams",
    "audit": "audit",
    "consents": "consents",
    "secrets": "secrets",
    "tasks": "tasks",
    "demo": "demo",
    "doctor": "doctor",
}
"""The module that each command lives in."""


@contextmanager
def _told_what_to_install() -> Iterator[None]:
    """`pip install homeroom` alone brings this command, but nothing that it runs on."""
    try:
        yield
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        if library.startswith("homeroom"):
            raise
        print(f"homeroom: needs {library}. Run: pip install 'homeroom[all]'", file=sys.stderr)
        sys.exit(2)


with _told_what_to_install(), without_collecting():
    import click


class Commands(click.Group):
    """Our commands. Each is read when it is asked for: a worker needs nothing of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        with _told_what_to_install(), without_collecting(), without(*_IN_CASE):
            home = import_module(f"homeroom_entrypoints.cli.{_HOMES[cmd_name]}")
        command: click.Command = getattr(home, cmd_name)
        return command


@click.group(cls=Commands, help="The open backend for a school's learning data.")
@click.version_option(package_name="homeroom", prog_name="homeroom")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file; homeroom.toml here if it is there.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    from homeroom_entrypoints.cli.running import Context  # noqa: PLC0415 - read with the commands

    ctx.obj = Context(config)
