"""`homeroom`: the command line.

Exit codes: 0 done, 1 something is missing or degraded, 2 bad input or settings, 3 not found,
4 not allowed, 5 conflict, 6 unavailable.
"""

import sys
from importlib.metadata import version
from pathlib import Path

try:
    import click

    from homeroom_entrypoints.cli.database import db
    from homeroom_entrypoints.cli.doctor import doctor
    from homeroom_entrypoints.cli.jobs import jobs
    from homeroom_entrypoints.cli.keys import keys
    from homeroom_entrypoints.cli.running import Context
    from homeroom_entrypoints.cli.serving import up, web, worker
except ModuleNotFoundError as missing:
    # `pip install homeroom` alone brings this command, but nothing that it runs on.
    library = (missing.name or "").partition(".")[0]
    if library.startswith("homeroom"):
        raise
    print(f"homeroom: needs {library}. Run: pip install 'homeroom[all]'", file=sys.stderr)
    sys.exit(2)


@click.group(help="The open backend for a school's learning data.")
@click.version_option(version("homeroom"), prog_name="homeroom")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file; homeroom.toml here if it is there.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    ctx.obj = Context(config)


for _command in (up, web, worker, db, jobs, keys, doctor):
    main.add_command(_command)
