"""Prometheus numbers of the web service."""

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from homeroom_entrypoints.composition.numbers import OTHER, Numbers

BUCKETS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
_LABELS = ("method", "route", "status")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMeter:
    """Counts requests by method, route and status; routes, not addresses, so that ids stay out.

    Whatever a stranger may send, labels stay few.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests_total", "Requests answered.", _LABELS, registry=registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "How long answers took.",
            _LABELS,
            buckets=BUCKETS,
            registry=registry,
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method if method in _METHODS else OTHER, route, status)
        pair = self._known.get(key)
        if pair is None:
            labels = (key[0], route, str(status))
            pair = (self._requests.labels(*labels), self._seconds.labels(*labels))
            self._known[key] = pair
        pair[0].inc()
        pair[1].observe(seconds)


_PAGE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""What a page of numbers is; the framework says itself how it is encoded."""


@get("/metrics", include_in_schema=False)
async def metrics(numbers: NamedDependency[Numbers]) -> Response[bytes]:
    return Response(await numbers.page(), media_type=_PAGE)
