"""Fleet: what leaks, where, since which deploy; what grows; and what of this rests on fresh data."""

from infra.grafana.build.looks import (
    AGE,
    GROWTH,
    PER_HOUR,
    age,
    bad_from,
    calm,
    code,
    growth,
    reason,
    state,
    verdict,
)
from infra.grafana.build.model import ORANGE, PURPLE, RED, STORE, Json, Panel, ask_series, ask_table, field
from infra.grafana.build.panels import numbers, series, table
from infra.grafana.build.shell import (
    TO_SERVICE,
    TO_SERVICE_OF_LINE,
    TO_STACK,
    annotation,
    dashboard,
    environment,
    service,
    source,
)


def build_fleet() -> Json:
    """Give the dashboard."""
    return dashboard(
        "leakstream-fleet",
        "Leakstream / Fleet",
        "Which goroutines leak now, in all services; the way in when something pages.",
        [*_now(), *_leaks(), *_over_time(), *_targets()],
        variables=[source("datasource", "Store", STORE["type"]), environment(), service(many=True)],
        annotations=[
            annotation("Leaks", "annotations/fleet_anomalies", RED),
            annotation("Deploys", "annotations/fleet_deploys", "blue", enabled=False),
        ],
    )


def _now() -> list[Panel]:
    """Give the numbers of now."""
    leaks = [
        field("firing", "leaks firing", thresholds=bad_from(1)),
        field("pending", "pending", thresholds=bad_from(1, ORANGE)),
        field("proven", "proven by the runtime", thresholds=bad_from(1, PURPLE)),
        field("services", "services with leaks", thresholds=bad_from(1, ORANGE)),
        calm("goroutines", "goroutines in leaks", "short"),
        field("growth_per_hour", "growth of leaks", unit=PER_HOUR, decimals=0, thresholds=GROWTH),
    ]
    data = [
        calm("targets", "targets", "short"),
        field("failing", "targets that fail", thresholds=bad_from(1, ORANGE)),
        field("silent_services", "silent services", thresholds=bad_from(1)),
        field("oldest_seconds", "oldest newest profile", unit="s", decimals=0, thresholds=AGE),
        field("tickets_waiting", "tickets that wait", thresholds=bad_from(1, ORANGE)),
    ]
    return [
        numbers(
            13,
            "Leaks now",
            "Open leaks of the chosen services, whatever the time of the dashboard.",
            [ask_table("fleet/leaks_summary")],
            leaks,
        ),
        numbers(
            11,
            "What this rests on",
            "Targets of the newest day. A service is silent when no target of it gave a "
            "profile; without fresh profiles nothing can fire and nothing is resolved.",
            [ask_table("fleet/data_summary")],
            data,
        ),
    ]


def _leaks() -> list[Panel]:
    """Give the leaks, and what grows."""
    columns = [
        state(),
        field("service", links=[TO_SERVICE]),
        code("site", "stack site", links=[TO_STACK]),
        field("operation", "waits on"),
        calm("goroutines", "goroutines", "short"),
        *growth(),
        field("first_version", "first version"),
        field("growing_instances", "growing on"),
        field("worst_instance", "worst instance"),
        code("reason"),
        field("fingerprint", links=[TO_STACK], custom_width=190),
    ]
    return [
        table(
            24,
            9,
            "Leaks now, the worst first",
            "Every open leak. A click on the site or the fingerprint opens the stack: what it is, which deploy brought "
            "it, where it is, what to do.",
            ask_table("fleet/leaks"),
            [verdict(), *columns],
            empty="No leak is open. Before you trust that: is everything scraped? See the targets below.",
        ),
        table(
            24,
            8,
            "What grows, leak or not",
            "The newest evaluation of each stack within a day, the surest growth first. What grows and is no leak says "
            "why in its reason.",
            ask_table("fleet/top_growing"),
            [*columns, field("first_seen", "first seen")],
            empty="Nothing grows, or nothing was evaluated yet: judging needs some minutes of profiles.",
        ),
    ]


def _over_time() -> list[Panel]:
    """Give all goroutines over time, and what changed."""
    changed = [
        state("previous", 80),
        state(),
        verdict(),
        field("service", links=[TO_SERVICE]),
        calm("goroutines", "goroutines", "short"),
        growth()[0],
        field("first_version", "first version"),
        code("reason"),
        field("fingerprint", links=[TO_STACK], custom_width=190),
    ]
    return [
        series(
            12,
            9,
            "Goroutines by service",
            "The most of each instance in an interval, summed; the fifteen largest "
            "services. Load moves peaks, leaks move floors.",
            [ask_series("fleet/goroutines")],
            name="${__field.labels.service}",
            unit="short",
            links=[TO_SERVICE_OF_LINE],
            empty="No profile in this time: choose a longer one, or see the targets below.",
        ),
        table(
            12,
            9,
            "What changed its state",
            "Changes of state within the time of the dashboard.",
            ask_table("fleet/changes"),
            changed,
            empty="No leak began or ended in this time.",
        ),
    ]


def _targets() -> list[Panel]:
    """Give what the answers rest on."""
    failing = [
        field("service", links=[TO_SERVICE]),
        reason("last_reason", "why"),
        code("last_error", "as a sentence"),
        field("last_ok", "newest profile"),
        field("failed_percent", "failed in a day", unit="percent", decimals=1),
        field("version"),
    ]
    fresh = [
        field("service", links=[TO_SERVICE]),
        age("age_seconds", "age of newest profile"),
        calm("targets"),
        calm("answering"),
        field("versions"),
    ]
    return [
        table(
            14,
            8,
            "Targets that fail",
            "Targets whose newest scrape gave no profile, silent the longest first. A "
            "newest profile of 1970 means: never within the newest day.",
            ask_table("fleet/failing_targets"),
            failing,
            empty="Every target answers. If you expected more targets: leakstream check targets leakstream.yml.",
        ),
        table(
            10,
            8,
            "How fresh the data is",
            "The age of the newest profile of each service, the oldest first.",
            ask_table("fleet/freshness"),
            fresh,
            empty="Nothing was ever scraped: does leakstream collect run, and does the data source name its store?",
        ),
    ]
