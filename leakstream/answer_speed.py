"""What the store knows -> how fast it grows, what that costs, when a limit is reached, and what a restart buys."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from leakstream.answers import Answer
from leakstream.known import Known, count, number, text
from processors.cost import describe_cost, format_bytes
from processors.find_limits import GOROUTINES_LABEL
from processors.forecast import Forecast, Range, forecast, time_to_grow
from processors.ticket_text import format_rate


@dataclass(frozen=True, slots=True)
class Pace:
    """How the worst process grows: goroutines an hour, what it holds of the stack, and in all."""

    instance: str
    per_hour: Range
    share: float
    goroutines: int
    process_goroutines: int

    @property
    def assumption(self) -> str:
        """Say what every forecast for this process rests on."""
        return f"if it goes on and {self.instance} keeps its {self.share:.0%} of the growth"


def pace_of(known: Known) -> Pace | None:
    """Give the pace of the worst process; None where none is known or nothing was evaluated.

    Growth is measured over all instances. Its share is that of what all of them gained in the window; where nothing
    was gained there, every growing instance has the same.
    """
    if known.growth is None or known.target is None:
        return None
    gained = sum(count(row, "gained") for row in known.versions)
    mine = count(known.target, "gained")
    share = min(1.0, mine / gained) if mine and gained else 1 / max(1, count(known.growth, "growing_instances"))
    low, high = (number(known.growth, key) * share for key in ("growth_low", "growth_high"))
    held = [count(known.target, key) for key in ("goroutines", "process_goroutines")]
    return Pace(text(known.target, "instance"), Range(low, high), share, held[0], held[1])


def answer_how_fast(known: Known) -> Answer:
    """Give the rate with its interval, when a limit is reached, and what the leak costs."""
    if known.growth is None:
        return Answer(("it never grew, so there is nothing to forecast",), {"forecasts": [], "bytes_each": None})
    ends = [number(known.growth, key) for key in ("growth_per_hour", "growth_low", "growth_high")]
    rate, low, high = map(format_rate, ends)
    total, pace = count(known.growth, "goroutines"), pace_of(known)
    forecasts = dict(forecast_limits(known, pace)) if pace else {}
    cost = known.cost
    told = [f"{name}: {one.sentence}, {one.assumption}" for name, one in forecasts.items()]
    sentences = (
        f"{rate} (90 % interval {low} to {high}), {total:,} goroutines now",
        *(told or (_without_limit(pace),)),
        f"memory: {describe_cost(cost, total)} ({cost.how})",
    )
    data = {
        "growth_per_hour": ends[0],
        "growth_low": ends[1],
        "growth_high": ends[2],
        "goroutines": total,
        "forecasts": [{"limited": name, **asdict(one)} for name, one in forecasts.items()],
        "bytes_each": {"low": cost.low_bytes, "high": cost.high_bytes, "measured": cost.measured, "how": cost.how},
    }
    return Answer(sentences, data)


def forecast_limits(known: Known, pace: Pace) -> Iterator[tuple[str, Forecast]]:
    """Forecast each limit that is known of the worst process, with a name for it."""
    limits = known.limits
    if limits.goroutines:
        now = Range(pace.process_goroutines, pace.process_goroutines)
        name = f"{limits.goroutines:,} goroutines on {pace.instance} ({limits.goroutines_by})"
        yield name, forecast(limits.goroutines, now, pace.per_hour, pace.assumption)
    if limits.memory_bytes:
        cost = Range(known.cost.low_bytes, known.cost.high_bytes)
        now, rest = _held(known, pace, cost)
        name = f"{format_bytes(limits.memory_bytes)} on {pace.instance} ({limits.memory_by})"
        assumption = f"{pace.assumption} and {rest}"
        yield name, forecast(limits.memory_bytes, now, pace.per_hour.times(cost), assumption)


def _held(known: Known, pace: Pace, cost: Range) -> tuple[Range, str]:
    """Give the bytes that the worst process holds now, and what that assumes of all that is no part of the leak."""
    reading = known.reading
    if reading is None:
        return Range(pace.goroutines, pace.goroutines).times(cost), "holds nothing else"
    since = max(0, pace.goroutines - (reading.of_stack or 0))
    gained, stats = Range(since, since).times(cost), reading.stats
    low = stats.heap_inuse + stats.stack_inuse + gained.low
    return Range(low, max(low, stats.sys + gained.high)), "nothing else in it grows"


def describe_restart(known: Known) -> str:
    """Say what a restart of the worst process buys."""
    pace = pace_of(known)
    if pace is None or not pace.goroutines:
        return "a restart ends what is there and not what makes it"
    as_many = time_to_grow(pace.goroutines, pace.per_hour)
    return f"restart {pace.instance}: as many are there again {as_many}, {pace.assumption}"


def _without_limit(pace: Pace | None) -> str:
    """Say what can be said where no limit is known."""
    hint = f"no limit is known (detection.limits, or label {GOROUTINES_LABEL})"
    if pace is None or not pace.goroutines:
        return hint
    doubled = time_to_grow(pace.goroutines, pace.per_hour)
    return f"{pace.instance} holds twice as many {doubled}, {pace.assumption}; {hint}"
