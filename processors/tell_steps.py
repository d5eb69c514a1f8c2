"""steps of a batch -> metrics, and a sentence in the log of the process for each change of state."""

from collections.abc import Callable, Sequence
from datetime import datetime

from processors.pipeline import Step
from schemas.telemetry import Telemetry


def tell_steps(steps: Sequence[Step], telemetry: Telemetry, report: Callable[..., None], now: datetime) -> None:
    """Tell what a batch did; `now` is when it was done."""
    for step in steps:
        failure = step.counted.scraped.failure
        telemetry.add("leakstream_records_total", outcome=failure.value if failure else "ok")
        if step.counted.folded:
            service = step.counted.scraped.service
            telemetry.add("leakstream_overflowed_stacks_total", step.counted.folded, service=service)
        for watched in step.watched:
            if watched.silence is not None:
                telemetry.add("leakstream_silenced_total", source=watched.silence.source.value)
        for anomaly in step.anomalies:
            telemetry.add("leakstream_transitions_total", state=anomaly.state.value)
            report(
                "an anomaly changed its state",
                service=anomaly.service,
                fingerprint=str(anomaly.fingerprint),
                site=anomaly.fingerprint.site,
                state=anomaly.state.value,
                reason=anomaly.reason,
            )
    if steps:
        newest = max(step.counted.scraped.slot for step in steps)
        telemetry.set("leakstream_freshness_seconds", (now - newest).total_seconds())
