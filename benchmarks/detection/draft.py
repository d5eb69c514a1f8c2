"""A service on the drawing board: parameters drawn from their ranges, stacks, parts and lives put together."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

import numpy as np

from benchmarks.detection.nouns import SimStack, Truth
from benchmarks.detection.ranges import COMMON, RANGES
from benchmarks.detection.world import HOUR, Curve, Life, Outage, Part, Plan, Traffic

FIRST_DAY = datetime(2026, 11, 2, tzinfo=UTC)
_LOGARITHMIC_RATIO = 5
DENSE_SECONDS = 15.0
"""Who scrapes so often has fewer instances, and is recorded half as long."""
COMPANIES = ("acme", "initech", "globex", "umbrella", "hooli", "stark")
PRODUCTS = ("checkout", "search", "billing", "feeds", "inventory", "gateway", "mailer", "ledger", "geo", "chat")
NOUNS = ("orders", "carts", "prices", "users", "offers", "stock", "routes", "events", "media", "rates", "notes", "keys")
VERBS = ("Fetch", "Sync", "Load", "Apply", "Merge", "Publish", "Resolve", "Watch", "Index", "Notify", "Refresh", "Pull")


@dataclass(slots=True)
class Draft:
    """What `finish` makes a Plan of. `handlers` are the stacks of request handlers, `background` their twin's."""

    klass: str
    seed: int
    rng: np.random.Generator = field(init=False)
    interval_seconds: float = field(init=False)
    hours: float = field(init=False)
    places: int = field(init=False)
    go_minors: list[int] = field(init=False)
    service: str = field(init=False)
    module: str = field(init=False)
    stable_names: bool = field(init=False)
    traffic: Traffic = field(init=False)
    stacks: list[SimStack] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    renames: dict[int, dict[int, int]] = field(default_factory=dict)
    handlers: list[int] = field(default_factory=list)
    background: int = -1
    idle_connection: int = -1
    label_values: int = 0

    def __post_init__(self) -> None:
        """Draw what every class has."""
        self.rng = np.random.default_rng([crc32(self.klass.encode()), self.seed, 0])
        self.interval_seconds = float(self.rng.choice([15, 60, 60, 60, 60, 60, 60, 60, 60, 300]))
        self.hours = self.draw("hours")
        self.places = self.draw_whole("places")
        if self.interval_seconds == DENSE_SECONDS:
            self.hours, self.places = max(self.hours / 2, 8.0), min(self.places, 3)
        self.go_minors = [27 if self.chance(0.5) else int(self.rng.integers(23, 27))]
        product = str(self.rng.choice(PRODUCTS))
        self.service = f"{product}-{self.klass.replace('_', '-')}-{self.seed}"
        self.module = f"github.com/{self.rng.choice(COMPANIES)}/{product}"
        self.stable_names = bool(self.rng.random() < 0.5)  # noqa: PLR2004 half of the fleets
        self.traffic = Traffic(
            daily=self.draw("daily"),
            phase_seconds=24 * HOUR * self.rng.random(),
            wander=self.draw("wander"),
            peaks_per_hour=self.draw("peaks_per_hour"),
            peak_factor=self.draw("peak_factor"),
            uneven=self.draw("uneven"),
        )

    def scrape_every(self, interval_seconds: float) -> None:
        """Set the interval, and draw anew what depends on it."""
        self.interval_seconds = interval_seconds
        self.hours, self.places = self.draw("hours"), self.draw_whole("places")

    def draw(self, name: str) -> float:
        """Draw a parameter of the class from its range: evenly, by its logarithm where the range is wide."""
        low, high = RANGES[self.klass].get(name) or COMMON[name]
        if low > 0 and high / low >= _LOGARITHMIC_RATIO:
            return float(low * (high / low) ** self.rng.random())
        return float(low + (high - low) * self.rng.random())

    def draw_whole(self, name: str) -> int:
        """Draw a whole number, both ends of the range included."""
        return round(self.draw(name))

    def chance(self, share: float) -> bool:
        """Say whether something is so in this service, which is so in a share of all."""
        return bool(self.rng.random() < share)

    def moment(self, after_hours: float, before_hours: float) -> float:
        """Draw a moment (seconds) so long after the begin and so long before the end."""
        latest = max(self.hours - before_hours, after_hours)
        return HOUR * (after_hours + (latest - after_hours) * float(self.rng.random()))

    def add_stack(self, frames: tuple[str, ...]) -> int:
        """Give the index of a stack, which is added where it is new."""
        stack = SimStack(frames)
        if stack not in self.stacks:
            self.stacks.append(stack)
        return self.stacks.index(stack)

    def own(self, name: str, package: str = "") -> str:
        """Name a function of the service's own code."""
        return f"{self.module}/internal/{package or self.rng.choice(NOUNS)}.{name}"

    def verb(self) -> str:
        """Draw a name of a function."""
        return str(self.rng.choice(VERBS)) + str(self.rng.choice(NOUNS)).capitalize()

    def handler_frames(self, name: str) -> tuple[str, ...]:
        """Give the frames of own code of a handler above net/http's."""
        return (self.own(f"(*Store).{name}"), f"{self.module}/internal/httpapi.(*Server).handle{name}")

    def seconds(self) -> float:
        """Say how long the recording is."""
        return self.hours * HOUR

    def time(self, seconds: float) -> datetime:
        """Give the moment so long after the begin."""
        return self.begin() + timedelta(seconds=seconds)

    def begin(self) -> datetime:
        """Give the begin of the recording."""
        return FIRST_DAY + timedelta(hours=self.seed % 24)

    def curve(self, curve: Curve) -> None:
        """Let the traffic of the whole service follow a curve."""
        self.traffic = replace(self.traffic, curve=curve)

    def finish(self) -> Plan:
        """Put the plan together."""
        return Plan(
            self.klass,
            self.seed,
            self.service,
            self.begin(),
            self.interval_seconds,
            self.seconds(),
            tuple(self.go_minors),
            self.places,
            self.traffic,
            tuple(self.lives),
            tuple(self.stacks),
            tuple(self.parts),
            tuple(self.outages),
            self.draw("failure_share"),
            self.renames,
            self.label_values,
        )
