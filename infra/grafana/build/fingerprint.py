"""Fingerprint: one stack of one service, as the person on call needs it at night: everything on the first screen.

What it is and waits on, how bad, which deploy, which instances, who created it, what to do; its history below.
"""

from infra.grafana.build.looks import GROWTH, PER_HOUR, STATES, VERDICTS, calm, code, growth, state, verdict
from infra.grafana.build.model import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    STORE,
    Json,
    Panel,
    ask_series,
    ask_table,
    field,
    section,
    words,
)
from infra.grafana.build.panels import numbers, series, table
from infra.grafana.build.shell import (
    TO_ELSEWHERE,
    annotation,
    dashboard,
    environment,
    fingerprint,
    service,
    source,
)

_UNKNOWN = "This service never showed the stack: choose another one above, or the service it belongs to."


def build_fingerprint() -> Json:
    """Give the dashboard."""
    return dashboard(
        "leakstream-fingerprint",
        "Leakstream / Fingerprint",
        "One stack of one service: is it a leak, since when, since which deploy, where, and what to do.",
        [*_now(), *_over_time(), *_story()],
        variables=[
            source("datasource", "Store", STORE["type"]),
            environment(),
            service(many=False),
            fingerprint(),
        ],
        annotations=[
            annotation("State", "annotations/fingerprint_anomalies", RED),
            annotation("Deploys", "annotations/service_deploys", BLUE),
            annotation("Restarts", "annotations/service_restarts", GREY),
        ],
    )


def _now() -> list[Panel]:
    """Give the first screen."""
    calm_word = {"unit": "dateTimeAsIso", "color": {"mode": "fixed", "fixedColor": BLUE}}
    fields = [
        field("state", "state", mappings=words(STATES)),
        field("verdict", "verdict", mappings=words(VERDICTS)),
        calm("operation", "waits on"),
        calm("goroutines", "goroutines", "short"),
        field("growth_per_hour", "growth", unit=PER_HOUR, decimals=1, thresholds=GROWTH),
        calm("growth_interval", "an hour, surely"),
        calm("growing_instances", "growing on"),
        calm("worst_instance", "worst instance"),
    ]
    moments = [
        calm("first_version", "first version"),
        field("first_seen", "first seen", **calm_word),
        field("since", "suspected since", **calm_word),
        field("last_seen", "last seen", **calm_word),
        calm("tickets", "tickets"),
    ]
    stack = [
        field("place", "", custom_width=50),
        code("frame", "function, leaf first"),
        field(
            "note",
            "",
            custom_width=220,
            color={"mode": "fixed", "fixedColor": ORANGE},
            custom_cellOptions={"type": "color-text"},
        ),
    ]
    next_step = [
        field("topic", "", custom_width=100),
        field(
            "text",
            "what is known, what to do",
            custom_wrapText=True,
            custom_cellOptions={"type": "auto", "wrapText": True},
        ),
    ]
    return [
        numbers(
            14,
            "${fingerprint} in ${service}",
            "The newest of everything, whatever the time of the dashboard.",
            [ask_table("fingerprint/summary")],
            fields,
        ),
        numbers(
            10,
            "Since when, and who knows",
            "The version of the first profile that showed it is the deploy to look at.",
            [ask_table("fingerprint/since_when")],
            moments,
        ),
        table(
            13,
            11,
            "What to know and do",
            "In order. The last lines are to paste into a shell.",
            ask_table("fingerprint/what_to_do"),
            next_step,
            empty=_UNKNOWN,
        ),
        table(
            11,
            11,
            "The stack",
            "Normalised function names, from where it waits to where its goroutines begin.",
            ask_table("fingerprint/stack"),
            stack,
            empty=_UNKNOWN,
        ),
    ]


def _over_time() -> list[Panel]:
    """Give its history by instance, by version, and by the hour."""
    empty = "No profile of this time showed the stack. Counts are kept for a week, totals by the hour for 90 days."
    return [
        series(
            14,
            9,
            "Goroutines by instance",
            "The twenty instances with the most. A fall to nothing at a restart is no recovery.",
            [ask_series("fingerprint/instances")],
            name="${__field.labels.instance}",
            unit="short",
            empty=empty,
        ),
        series(
            10,
            9,
            "Goroutines by version",
            "By the version that the instances ran: a line that begins with a deploy names it.",
            [ask_series("fingerprint/versions")],
            name="${__field.labels.version}",
            unit="short",
            stacked=True,
            empty=empty,
        ),
        series(
            24,
            7,
            "Total by the hour",
            "Lowest, mean and highest total of all instances in each hour. A leak raises "
            "the lowest; load moves the highest.",
            [ask_series("fingerprint/trend")],
            unit="short",
            empty=empty,
            fields=[_line("lowest", RED), _line("average", BLUE), _line("highest", GREEN)],
        ),
    ]


def _line(name: str, color: str) -> Json:
    """Give a line its colour."""
    return field(name, name, color={"mode": "fixed", "fixedColor": color})


def _story() -> list[Panel]:
    """Give what was decided, taken and told."""
    decided = [
        state("previous"),
        state(),
        verdict(),
        growth()[0],
        field("first_version", "first version"),
        code("reason"),
    ]
    judged = [state(), *growth(), code("reason")]
    taken = [field("taken_at", "taken at"), field("bytes", unit="bytes"), code("error", "as a sentence")]
    told = [code("detail", "where, or why not"), field("updated_at", "written")]
    held = [calm("goroutines", "goroutines", "short")]
    elsewhere = [
        field("service", links=[TO_ELSEWHERE]),
        state(),
        growth()[0],
        field("first_version", "first version"),
        field("first_seen", "first seen"),
    ]
    return [
        section("What was decided"),
        table(
            12,
            8,
            "Changes of state",
            "Everything that was ever decided of the stack.",
            ask_table("fingerprint/changes"),
            decided,
            empty="It never looked like a leak.",
        ),
        table(
            12,
            8,
            "Judgements",
            "The evaluations within the time of the dashboard, and why each came out so.",
            ask_table("fingerprint/judgements"),
            judged,
            empty="It was not evaluated in this time: only what moves is.",
        ),
        section("What was taken and told"),
        table(
            14,
            7,
            "Evidence",
            "Profiles that speak of the stack, kept for 30 days: leakstream evidence prints them.",
            ask_table("fingerprint/evidence"),
            taken,
            empty="None was taken: it is taken of suspects, where evidence is switched on.",
        ),
        table(
            10,
            7,
            "Tickets",
            "What each ticket shall show, and whether it arrived.",
            ask_table("fingerprint/tickets"),
            told,
            empty="No ticket: leaks that fire open one, where tickets are set.",
        ),
        section("Who else"),
        table(
            10,
            7,
            "Who holds it",
            "Values of the pprof labels that profile_labels.keep names, newest slot.",
            ask_table("fingerprint/holders"),
            held,
            empty="No labels are kept: see profile_labels.keep in the settings.",
        ),
        table(
            14,
            7,
            "The same stack elsewhere",
            "Other services that run the same code.",
            ask_table("fingerprint/elsewhere"),
            elsewhere,
            empty="No other service showed it.",
        ),
    ]
