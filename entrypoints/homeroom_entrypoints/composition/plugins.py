"""Adapters, found by entry point: ours and a stranger's come in by the same door."""

import difflib
import re
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, EntryPoints, distributions
from typing import Any

from homeroom.kernel.errors import Invalid

OpenAdapter = Callable[..., AbstractAsyncContextManager[Any]]

_EXTRA = re.compile(r"""extra\s*==\s*["']([\w.-]+)["']""")
_REQUIRED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COLLECTIONS = {"all", "dev"}


class UnknownAdapter(Invalid):
    """No installed package offers this adapter."""

    code = "unknown_adapter"


class AmbiguousAdapter(Invalid):
    """Two installed packages claim the same adapter's name."""

    code = "ambiguous_adapter"


class MissingLibrary(Invalid):
    """The adapter is installed, but a library it needs is not."""

    code = "missing_library"


class BrokenAdapter(Invalid):
    """The adapter is installed, but what it points to cannot be used."""

    code = "broken_adapter"


def installed_adapters(port: str) -> tuple[str, ...]:
    """The names that may be written where a setting asks for an adapter of *port*."""
    return installed_for({port})[port]


def installed_for(ports: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The installed adapters of each of *ports*, by one look that imports none of them."""
    return {port: tuple(sorted(_offered(port).names)) for port in ports}


def absent(name: str, names: Collection[str]) -> str:
    """Why there is no adapter called *name* where *names* are, and which was probably meant."""
    if not names:
        return f"no adapter {name!r}, and no other is installed."
    close = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"no adapter {name!r} among the installed {', '.join(names)}.{hint}"


def find_adapter(port: str, name: str) -> OpenAdapter:
    """The one adapter called *name* in group ``homeroom.<port>``. Fails closed."""
    match tuple(_offered(port).select(name=name)):
        case [only]:
            return _loaded(port, only)
        case []:
            raise UnknownAdapter(f"{port}: {absent(name, installed_adapters(port))}")
        case claims:
            both = " and ".join(sorted(f"{_package(it)} ({it.value})" for it in claims))
            raise AmbiguousAdapter(f"{port}: {name!r} is claimed by {both}. Uninstall one.")


def _offered(port: str) -> EntryPoints:
    return _offered_on(tuple(sys.path)).get(f"homeroom.{port}", EntryPoints(()))


@lru_cache(maxsize=1)
def _offered_on(_path: tuple[str, ...]) -> Mapping[str, EntryPoints]:
    """What every installed package offers, by group; of one that is there twice, the first.

    `entry_points` would read all that anybody offers to anybody, which takes three times as long.
    """
    packages: dict[str, Distribution] = {}
    for package in distributions():
        if "[homeroom." in (package.read_text("entry_points.txt") or ""):
            packages.setdefault(package.name, package)
    offered: dict[str, list[EntryPoint]] = {}
    for point in (point for package in packages.values() for point in package.entry_points):
        offered.setdefault(point.group, []).append(point)
    return {group: EntryPoints(points) for group, points in offered.items()}


def _loaded(port: str, point: EntryPoint) -> OpenAdapter:
    opener = _load(port, point)

    @asynccontextmanager
    async def opening(*given: object) -> AsyncIterator[Any]:
        # Some libraries, a database's driver above all, are only imported on opening.
        async with AsyncExitStack() as stack:
            with _plainly_told(port, point):
                adapter = await stack.enter_async_context(opener(*given))
            yield adapter

    return opening


def _load(port: str, point: EntryPoint) -> OpenAdapter:
    try:
        with _plainly_told(port, point):
            opener: OpenAdapter = point.load()
    except AttributeError as error:
        raise BrokenAdapter(f"{port}: {point.name!r} is broken: {error}.") from error
    if not callable(opener):
        raise BrokenAdapter(f"{port}: {point.name!r} is {point.value}, which nobody can open.")
    return opener


@contextmanager
def _plainly_told(port: str, point: EntryPoint) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        who, missing = _claim(port, point), error.name or str(error)
        if command := _what_to_install(point, missing):
            raise MissingLibrary(f"{who} needs {missing}. Run: pip install {command}") from error
        raise BrokenAdapter(f"{who} cannot be loaded: there is no module {missing}.") from error
    except ImportError as error:
        raise BrokenAdapter(f"{_claim(port, point)} cannot be loaded: {error}.") from error


def _claim(port: str, point: EntryPoint) -> str:
    """Which adapter, and whose. Only to tell: the package's whole description is read for it."""
    return f"{port}: {point.name!r} of {_package(point)}"


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unnamed package"


def _what_to_install(point: EntryPoint, module: str) -> str | None:
    """`package[extra]` for the extra of the adapter's own package that brings *module*."""
    extras = set(_extras_with(point, _canonical(module.partition(".")[0]))) - _COLLECTIONS
    if not extras:
        return None
    # Several extras may bring one library: the adapter's own name tells which was meant.
    technologies = [point.name, *point.module.split(".")]
    named = [word for word in technologies if word in extras]
    return f"'{_package(point)}[{(named or sorted(extras))[0]}]'"


def _extras_with(point: EntryPoint, library: str) -> Iterator[str]:
    for line in (point.dist.requires if point.dist else None) or ():
        required, extra = _REQUIRED.match(line), _EXTRA.search(line)
        if required and extra and _canonical(required[0]) == library:
            yield extra[1]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
