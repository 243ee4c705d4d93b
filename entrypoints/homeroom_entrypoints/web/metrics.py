"""Prometheus numbers of the web service."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from homeroom_entrypoints.composition.numbers import OTHER, Numbers

BUCKETS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
_LABELS = ("method", "route", "status")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Tally:
    """What was answered under one set of labels."""

    __slots__ = ("began", "counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds, self.began = 0.0, time.time()


class HttpMeter(Collector):
    """Counts requests by method, route and status; routes, not addresses, so that ids stay out.

    Whatever a stranger may send, labels stay few. Each request is counted once, by the one thread
    that answers, and what it is for Prometheus is worked out when somebody looks.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._known: dict[tuple[str, str, int], _Tally] = {}
        registry.register(self)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method if method in _METHODS else OTHER, route, status)
        tally = self._known.get(key)
        if tally is None:
            tally = self._known[key] = _Tally()
        tally.counts[bisect_left(BUCKETS, seconds)] += 1
        tally.seconds += seconds

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        requests = CounterMetricFamily("http_requests", "Requests answered.", labels=_LABELS)
        took = HistogramMetricFamily(
            "http_request_duration_seconds", "How long answers took.", labels=_LABELS
        )
        for (method, route, status), tally in self._known.copy().items():
            labels = (method, route, str(status))
            upto = list(accumulate(tally.counts))
            requests.add_metric(labels, upto[-1], created=tally.began)
            buckets = [(str(most), float(upto[place])) for place, most in enumerate(BUCKETS)]
            took.add_metric(labels, [*buckets, ("+Inf", float(upto[-1]))], tally.seconds)
        yield requests
        yield took


class SocketMeter:
    """Counts sockets by route, and how they ended."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge(
            "homeroom_open_sockets", "WebSockets open now.", ("route",), registry=registry
        )
        self._ended = Counter(
            "homeroom_sockets_closed_total",
            "WebSockets that ended, by how.",
            ("route", "how"),
            registry=registry,
        )

    def opened(self, route: str) -> None:
        self._open.labels(route).inc()

    def closed(self, route: str, how: str) -> None:
        self._open.labels(route).dec()
        self._ended.labels(route, how).inc()


_PAGE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""What a page of numbers is; the framework says itself how it is encoded."""


@get("/metrics", include_in_schema=False)
async def metrics(numbers: NamedDependency[Numbers]) -> Response[bytes]:
    return Response(await numbers.page(), media_type=_PAGE)
