"""The settings page of the docs, written from the settings themselves."""

from homeroom_entrypoints.composition.catalogue import ALIASES, Entry, variable
from homeroom_entrypoints.composition.settings import CATALOGUE, shown

_INTRODUCTION = """\
# Settings

Homeroom runs without any setting. What you decide, you write into `homeroom.toml` or into the
environment; the environment wins. The file is the one that `--config` or `HOMEROOM_CONFIG` names,
or `homeroom.toml` in the current directory if there is one.

A variable is the setting's path in capitals, with `__` for each step into a section: `web.port`
is `HOMEROOM_WEB__PORT`. Several values are a list in TOML and separated by commas in a variable.
Whatever is unknown or cannot be used is refused at the start, all of it at once, each with its
variable's name and what to write instead.

```toml
environment = "production"

[storage]
url = "postgresql://homeroom:change-me@db.example:5432/homeroom"

[jobs.queues.exams]
concurrency = 4
rate_per_second = 20.0
```

`*` below stands for a name you choose. A *secret* is never printed: not in logs, not in errors,
not by `homeroom doctor`. It may also stand in a file, as containers are given theirs: its variable
with `_FILE` behind the name says which, and line ends after the secret do not count. Write one of
the two, not both.

"""

_ENDING = """
`HOMEROOM_TEST_*` belongs to the test suites and is ignored here. So is what an orchestrator
writes by itself for a service named `homeroom…` (`HOMEROOM_SERVICE_HOST`,
`HOMEROOM_PORT_8000_TCP` and the like).
"""


def settings_page() -> str:
    """The whole page, in Markdown."""
    head = ["| Variable | In `homeroom.toml` | Default | Meaning |", "|---|---|---|---|"]
    rows = [_row(entry) for entry in CATALOGUE.entries]
    return "\n".join([_INTRODUCTION + head[0], head[1], *rows]) + "\n" + _ENDING


def _row(entry: Entry) -> str:
    aliases = [alias for alias, path in ALIASES.items() if path == entry.path]
    names = " or ".join(f"`{name}`" for name in [*aliases, variable(entry.path)])
    default = shown(entry.field.default)
    meaning = f"{entry.meaning} *Secret.*" if entry.secret else entry.meaning
    return (
        f"| {names} | `{'.'.join(entry.path)}` | {f'`{default}`' if default else ''} | {meaning} |"
    )


if __name__ == "__main__":
    print(settings_page(), end="")
