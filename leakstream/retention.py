"""Makes the store keep its rows as long as the settings say: the hand around `schemas/store/retention.py`."""

from collections.abc import Mapping

from schemas.ports import Store
from schemas.store.retention import change_retention

_ENGINES = "SELECT name, engine_full FROM system.tables WHERE database = {database:String}"


def keep(
    store: Store, database: str, seconds: Mapping[str, int], *, cluster: str = "", dry_run: bool = False
) -> tuple[str, ...]:
    """Change what differs from the settings, and give the statements; with `dry_run` change nothing.

    `seconds` is by key of `store.retention`. Rows that are too old go in the background, within hours.
    """
    rows = store.query(_ENGINES, {"database": database})
    engines = {str(row["name"]): str(row["engine_full"]) for row in rows}
    statements = change_retention(engines, seconds, database, cluster)
    if not dry_run:
        for statement in statements:
            store.execute(statement)
    return statements
