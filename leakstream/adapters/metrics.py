"""Metrics by prometheus-client, made from the table in schemas/telemetry.py.

Each Metrics has its own registry: two of them in one process (tests, `up`) do not disturb each other.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from schemas.telemetry import METRICS, Kind, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Implements schemas.telemetry.Telemetry; `expose` gives the text that Prometheus scrapes."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counters = {m.name: self._counter(m) for m in METRICS if m.kind is Kind.COUNTER}
        self._gauges = {m.name: self._gauge(m) for m in METRICS if m.kind is Kind.GAUGE}
        self._histograms = {m.name: self._histogram(m) for m in METRICS if m.kind is Kind.HISTOGRAM}

    def add(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Count up a counter."""
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(value)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add one observation to a histogram."""
        histogram = self._histograms[name]
        (histogram.labels(**labels) if labels else histogram).observe(value)

    def expose(self) -> bytes:
        """Give all metrics in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.help, metric.labels, registry=self._registry)

    def _gauge(self, metric: Metric) -> Gauge:
        return Gauge(metric.name, metric.help, metric.labels, registry=self._registry)

    def _histogram(self, metric: Metric) -> Histogram:
        return Histogram(metric.name, metric.help, metric.labels, registry=self._registry, buckets=metric.buckets)
