"""How the same things look on every dashboard: states, growth, ages; with thresholds that mean something."""

from infra.grafana.build.model import BLUE, GREEN, ORANGE, PURPLE, RED, Json, field, steps, words

STATES = {"firing": RED, "pending": ORANGE, "resolved": GREEN, "inactive": "transparent", "no open leak": GREEN}
VERDICTS = {"proven": PURPLE, "probable": RED, "suspect": ORANGE}
_PAINTED = {"type": "color-background", "mode": "basic"}
_COLORED = {"type": "color-text"}

PER_HOUR = "suffix: /h"
GROWTH = steps((None, GREEN), (60, ORANGE), (600, RED))
"""One goroutine a minute, ten a minute."""
AGE = steps((None, GREEN), (300, ORANGE), (900, RED))
"""Five scrapes at the default interval of a minute, and a quarter of an hour."""


def bad_from(number: float, color: str = RED) -> Json:
    """Give thresholds that are green below a number."""
    return steps((None, GREEN), (number, color))


def state(name: str = "state", width: int = 80) -> Json:
    """Paint a state."""
    return field(name, mappings=words(STATES), custom_cellOptions=_PAINTED, custom_width=width)


def verdict() -> Json:
    """Colour a verdict."""
    return field("verdict", mappings=words(VERDICTS), custom_cellOptions=_COLORED, custom_width=85)


def growth() -> list[Json]:
    """Draw growth as a bar, with the ends of its interval beside it."""
    bar = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    drawn = {"thresholds": GROWTH, "min": 0, "unit": PER_HOUR, "decimals": 1, "custom_cellOptions": bar}
    ends = {"unit": PER_HOUR, "decimals": 1, "custom_width": 90}
    return [
        field("growth_per_hour", "growth", **drawn, custom_width=170),
        field("growth_low", "at least", **ends),
        field("growth_high", "at most", **ends),
    ]


def code(name: str, shown: str = "", **properties: object) -> Json:
    """Show a function with room to read it."""
    return field(name, shown, custom_minWidth=260, **properties)


def age(name: str, shown: str) -> Json:
    """Show seconds as an age."""
    return field(name, shown, unit="s", decimals=0, thresholds=AGE, custom_cellOptions=_COLORED)


def reason(name: str, shown: str) -> Json:
    """Show a reason; an empty one means that nothing is wrong."""
    fine = [{"type": "special", "options": {"match": "empty", "result": {"text": "ok", "color": GREEN, "index": 0}}}]
    return field(name, shown, mappings=fine, color={"mode": "fixed", "fixedColor": RED}, custom_cellOptions=_COLORED)


def calm(name: str, shown: str = "", unit: str = "none", **properties: object) -> Json:
    """Show a number or a word of which no value is bad by itself."""
    return field(name, shown, unit=unit, color={"mode": "fixed", "fixedColor": BLUE}, **properties)
