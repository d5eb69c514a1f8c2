"""How long rows are kept -> the statements that make the store keep them so long.

A table has one time to live, of the shape `TTL <column> + interval`. One that somebody gave another shape (tiers of
disks, conditions) is theirs and stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.store.cluster import LOCAL, spread

_TTL = re.compile(r" TTL (?P<text>.+?)(?= SETTINGS |$)")
_OURS = re.compile(r"(?P<column>.+) \+ toInterval(?P<unit>Second|Day)\((?P<number>[0-9]+)\)")
_SECONDS = {"Second": 1, "Day": 86_400}


@dataclass(frozen=True, slots=True)
class Kept:
    """One table: the setting that says how long, the age of a row as ClickHouse writes it, and what the schema says."""

    table: str
    setting: str
    age: str
    made_with: str = ""


KEPT = (
    Kept("counts", "counts", "toDateTime(slot)"),
    Kept("counts_hourly", "counts_hourly", "hour"),
    Kept("counts_daily", "counts_daily", "toDateTime(day)"),
    Kept("rollup_hours", "counts_hourly", "hour"),
    Kept("label_counts", "label_counts", "toDateTime(slot)"),
    Kept("scrapes", "scrapes", "toDateTime(slot)"),
    Kept("instances", "instances", "toDateTime(life)"),
    Kept("growth", "growth", "toDateTime(slot)"),
    Kept("anomalies", "anomalies", "toDateTime(slot)"),
    Kept("tickets", "tickets", "toDateTime(updated_at)"),
    Kept("ticket_moves", "tickets", "toDateTime(decided_at)"),
    Kept("evidence", "evidence", "stored_at", " TTL stored_at + toIntervalDay(30)"),
    Kept("evidence_requests", "evidence", "stored_at", " TTL stored_at + toIntervalDay(30)"),
)
FOR_EVER = ("stacks", "verdicts", "benign", "schema_migrations")
"""Small, and what the rest is understood by; `memories` are kept two days, which is no setting."""


def change_retention(
    engines: Mapping[str, str], seconds: Mapping[str, int], database: str, cluster: str = ""
) -> tuple[str, ...]:
    """Give the statements that are still needed, in the order of KEPT; none when all is as the settings say.

    `engines` is `engine_full` of system.tables by table; one that is not there yet is as the schema will make it.
    `seconds` is by setting.
    """
    statements = [
        f"ALTER TABLE {database}.{kept.table} MODIFY TTL {kept.age} + toIntervalSecond({seconds[kept.setting]})"
        for kept in KEPT
        if _differs(
            engines.get(f"{kept.table}{LOCAL}" if cluster else kept.table, kept.made_with), seconds[kept.setting]
        )
    ]
    return tuple(part for text in statements for part in (spread(text, cluster) if cluster else (text,)))


def _differs(engine: str, seconds: int) -> bool:
    """Say whether a table has no time to live, or one of ours with another length."""
    found = _TTL.search(engine)
    if found is None:
        return True
    ours = _OURS.fullmatch(found["text"])
    return ours is not None and int(ours["number"]) * _SECONDS[ours["unit"]] != seconds
