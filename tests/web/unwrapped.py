"""The framework's own application, whatever stands in front of it."""

from litestar import Litestar
from litestar.types import ASGIApp


def framework_in(app: ASGIApp) -> Litestar:
    """What *app* passes requests on to in the end: each that stands in front calls it `app`."""
    inner: object = app
    while not isinstance(inner, Litestar):
        inner = getattr(inner, "app", None)
        assert inner is not None, "nothing of the framework stands behind this"
    return inner
