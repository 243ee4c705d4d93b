"""How commands start: sooner, by leaving out what nobody would miss; and how they take turns."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TURN = 0.0005


def in_short_turns() -> None:
    """For a process that answers: let its threads hand on the interpreter ten times as soon.

    A loop that works for some milliseconds keeps the thread waiting that reads a row for somebody
    else, by itself for five of them.
    """
    sys.setswitchinterval(_TURN)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Read modules, and open what lives as long as we do, in here.

    Python's collector would look through all of it again and again, which takes a fifth of the
    time until we answer; and once more each time that it looks through everything later on.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


@contextmanager
def without(*libraries: str) -> Iterator[None]:
    """Read modules as if *libraries* were not installed, unless they are read already.

    For those that others read only to have them in case.
    """
    hidden = [name for name in libraries if name not in sys.modules]
    for name in hidden:
        # The documented way to say so; the annotation does not know it.
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
