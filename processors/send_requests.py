"""steps -> their requests for evidence, on the topic.

Evidence is wanted and not needed: where the topic is missing or does not take records now, processing goes on, the
requests are counted as dropped, and the suspects are asked for again after the cool-down.
"""

from collections.abc import Callable, Sequence

from processors.pipeline import Step
from schemas.ports import Appender, LogUnavailableError
from schemas.telemetry import Telemetry
from schemas.wire.request import REQUESTS_TOPIC, encode_request


def send_requests(steps: Sequence[Step], log: Appender, telemetry: Telemetry, report: Callable[..., None]) -> None:
    """Send requests on; collectors refuse repeats."""
    requests = [request for step in steps for request in step.requests]
    if not requests:
        return
    try:
        log.append(REQUESTS_TOPIC, [encode_request(request) for request in requests])
    except LogUnavailableError as error:
        report("evidence cannot be asked for", requests=len(requests), error=str(error))
        telemetry.add("leakstream_evidence_requests_total", len(requests), outcome="dropped")
    else:
        telemetry.add("leakstream_evidence_requests_total", len(requests), outcome="sent")
