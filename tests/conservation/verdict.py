"""What became of each profile of a lot, and whether what was decided is what an undisturbed run decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leakstream.adapters.clickhouse import open_server
from leakstream.adapters.kafka import KafkaLog
from processors.judge import policy_of
from schemas.ports import Store
from schemas.settings import DetectionSettings
from schemas.wire.codec import PROFILES_TOPIC
from schemas.wire.dead import dead_topic
from tests.conservation.crew import DETECTION, TIMEOUT_SECONDS, Crew
from tests.conservation.ledger import Ledger, balance, find_failures, find_serials, read_served
from tests.conservation.lot import Lot
from tests.conservation.oracle import find_violations, read_all
from tests.conservation.settle import kafka_settings
from tests.conservation.stores import beside

POLICY = policy_of(DetectionSettings.model_validate(DETECTION))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Violations as sentences, and what was counted."""

    violations: tuple[str, ...]
    figures: Mapping[str, int]

    def __str__(self) -> str:
        """Say the figures on one line."""
        return ", ".join(f"{count} {what}" for what, count in sorted(self.figures.items()))


def judge_lot(lot: Lot, problems: Sequence[str]) -> Verdict:
    """Ask the three questions."""
    crew = lot.crew
    log = KafkaLog(kafka_settings(crew))
    store = open_server(crew.store_url, "default", "", "leakstream")
    try:
        records = read_all(log, PROFILES_TOPIC) + read_all(log, dead_topic(PROFILES_TOPIC))
        with crew.ledger.open() as lines:
            served = read_served(lines)
        ledger = balance(served, find_serials(records), [*lot.excuses, *find_failures(records, TIMEOUT_SECONDS)])
        decided = find_violations(log, POLICY, store, beside(crew.folder / "undisturbed"))
        violations = [*problems, *ledger.violations, *decided, *_missing_tickets(crew, store)]
        return Verdict(tuple(violations), {**_figures(ledger, store), **lot.done, "rebalances": lot.count_rebalances()})
    finally:
        store.close()
        log.close()


def _figures(ledger: Ledger, store: Store) -> dict[str, int]:
    """Give what was counted."""
    return {
        "profiles served": ledger.served,
        "profiles in the log": ledger.recorded,
        "repeats in the log": ledger.repeated,
        **{f"lost by {why}": count for why, count in ledger.excused.items()},
        "profiles stored": _count(store, "SELECT count() AS n FROM scrapes FINAL WHERE ok"),
        "changes of state": _count(store, "SELECT count() AS n FROM anomalies FINAL"),
    }


def _count(store: Store, sql: str) -> int:
    """Give one number."""
    return int(str(store.query(sql)[0]["n"]))


def _missing_tickets(crew: Crew, store: Store) -> list[str]:
    """Say which leak that fires has no ticket, or more than one."""
    rows = store.query("SELECT service, fingerprint FROM leaks_now WHERE state = 'firing'")
    names = [path.name for path in (crew.folder / "tickets").glob("*.md")]
    problems = []
    for row in rows:
        found = [name for name in names if str(row["service"]) in name and str(row["fingerprint"]) in name]
        if len(found) != 1:
            problems.append(f"{row['service']} {row['fingerprint']} has {len(found)} tickets")
    return problems
