"""The framework's own application, whatever stands in front of it."""

from litestar import Litestar
from litestar.types import ASGIApp


def framework_in(app: ASGIApp) -> Litestar:
    """What *app* passes requests on to in the end: each that stands in front calls it `app`,
    or `gate`, if that is what it passes them on to."""
    inner: object = app
    while not isinstance(inner, Litestar):
        inner = getattr(inner, "app", None) or getattr(inner, "gate", None)
        assert inner is not None, "nothing of the framework stands behind this"
    return inner
