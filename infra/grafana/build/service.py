"""Service: what one service waits on, what of it grows, which deploy brought it, and where in the code it stands."""

from infra.grafana.build.looks import AGE, GROWTH, PER_HOUR, bad_from, calm, code, growth, reason, state, verdict
from infra.grafana.build.model import BLUE, GREY, ORANGE, RED, STORE, Json, Panel, ask_series, ask_table, field
from infra.grafana.build.panels import flame_graph, numbers, series, table
from infra.grafana.build.shell import (
    TO_STACK_OF_SERVICE,
    annotation,
    dashboard,
    environment,
    service,
    source,
)


def build_service() -> Json:
    """Give the dashboard."""
    return dashboard(
        "leakstream-service",
        "Leakstream / Service",
        "One service: its goroutines by what they wait on, its growth, its deploys, its code.",
        [*_now(), *_over_time(), *_code(), *_processes()],
        variables=[source("datasource", "Store", STORE["type"]), environment(), service(many=False)],
        annotations=[
            annotation("Leaks", "annotations/service_anomalies", RED),
            annotation("Deploys", "annotations/service_deploys", BLUE),
            annotation("Restarts", "annotations/service_restarts", GREY, enabled=False),
        ],
    )


def _now() -> list[Panel]:
    """Give the numbers of now, and every stack that grows."""
    fields = [
        field("firing", "leaks firing", thresholds=bad_from(1)),
        field("pending", "pending", thresholds=bad_from(1, ORANGE)),
        field("growth_per_hour", "growth of leaks", unit=PER_HOUR, decimals=0, thresholds=GROWTH),
        calm("goroutines", "goroutines", "short"),
        calm("answering", "targets that answer"),
        calm("versions", "versions that run"),
        field("age_seconds", "newest profile", unit="s", decimals=0, thresholds=AGE),
    ]
    columns = [
        state(),
        verdict(),
        field("operation", "waits on"),
        code("site", "stack site", links=[TO_STACK_OF_SERVICE]),
        code("origin", "goroutines begin in"),
        calm("goroutines", "goroutines", "short"),
        *growth(),
        field("growing_instances", "growing on"),
        field("worst_instance", "worst instance"),
        field("first_version", "first version"),
        code("reason"),
        field("fingerprint", links=[TO_STACK_OF_SERVICE], custom_width=190),
    ]
    return [
        numbers(
            24,
            "${service} now",
            "The newest of everything, whatever the time of the dashboard.",
            [ask_table("service/summary")],
            fields,
        ),
        table(
            24,
            8,
            "What grows in ${service}",
            "Leaks first, then the surest growth of the newest day. A click on the site opens the stack.",
            ask_table("service/growth"),
            columns,
            empty="No stack of this service grows or is watched. That is good news if the profiles are fresh.",
        ),
    ]


def _over_time() -> list[Panel]:
    """Give what it waits on, and which instances."""
    empty = "No profile of this service in this time: choose a longer one, or see its targets below."
    return [
        series(
            14,
            10,
            "Goroutines by what they wait on",
            "Of each stack the most on each instance in an interval, "
            "summed by operation. Over more than a day: the largest totals by the hour. Blue marks are deploys, "
            "red ones changes of leaks.",
            [ask_series("service/operations")],
            name="${__field.labels.operation}",
            unit="short",
            stacked=True,
            empty=empty,
        ),
        series(
            10,
            10,
            "Goroutines by instance",
            "The ten largest. One line that leaves the others points to one instance; all together to the code.",
            [ask_series("service/instances_over_time")],
            name="${__field.labels.instance}",
            unit="short",
            empty=empty,
        ),
    ]


def _code() -> list[Panel]:
    """Give the two flame graphs."""
    return [
        flame_graph(
            12,
            16,
            "What grew in six hours",
            "What the live processes gained since their first profile in six hours. Only growth is drawn: a leak is as "
            "wide as it is bad. What shrank is left out, and what is under a thousandth.",
            ask_table("service/growth_flamegraph"),
        ),
        flame_graph(
            12,
            16,
            "Where all goroutines stand",
            "All goroutines of the live instances at their newest profile, by stack; the last bar says what they wait "
            "on. What is under a thousandth is left out.",
            ask_table("service/flamegraph"),
        ),
    ]


def _processes() -> list[Panel]:
    """Give versions and targets."""
    deploys = [
        field("since", "runs since"),
        field("previous", "after"),
        calm("instances"),
        calm("processes"),
        calm("new_stacks", "new stacks"),
        field("open_leaks", "open leaks", thresholds=bad_from(1)),
    ]
    targets = [
        reason("last_reason", "newest scrape"),
        calm("goroutines", "goroutines", "short"),
        field("last_ok", "newest profile"),
        calm("failures", "failed in a day"),
        calm("scrapes", "scrapes in a day"),
        code("last_error", "as a sentence"),
    ]
    return [
        table(
            11,
            8,
            "Versions",
            "Since when each version runs, and which stacks and leaks were seen first in it.",
            ask_table("service/deploys"),
            deploys,
            empty="No process of this service gave a profile yet.",
        ),
        table(
            13,
            8,
            "Targets",
            "Every instance somebody tried to scrape within the newest day; what fails comes first.",
            ask_table("service/instances"),
            targets,
            empty="Nobody tried to scrape this service: add it to scrape_configs, then leakstream check targets.",
        ),
    ]
