"""Prometheus numbers of the web service."""

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

BUCKETS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
_LABELS = ("method", "route", "status")


class HttpMeter:
    """Counts requests by method, route and status; routes, not addresses, so that ids stay out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
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
        key = (method, route, status)
        pair = self._known.get(key)
        if pair is None:
            labels = (method, route, str(status))
            pair = (self._requests.labels(*labels), self._seconds.labels(*labels))
            self._known[key] = pair
        pair[0].inc()
        pair[1].observe(seconds)


@get("/metrics", include_in_schema=False, sync_to_thread=False)
def metrics(meter: NamedDependency[HttpMeter]) -> Response[bytes]:
    return Response(generate_latest(meter.registry), media_type=CONTENT_TYPE_LATEST)
