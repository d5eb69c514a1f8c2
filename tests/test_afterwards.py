"""What the demo says at its end can be done."""

import re
from pathlib import Path

from examples.afterwards import QUERY, write_grafana_steps, write_query
from schemas.ports import Store
from tests.infra.grafana.reading import dashboards
from tests.seed import batches, fill

_ROOT = Path(__file__).parents[1]
_STORE = "http://127.0.0.1:8123"


def test_query_is_answered(store: Store) -> None:
    """By a store with leaks: each is a row."""
    fill(store, list(batches()))
    rows = store.query(QUERY.replace("leakstream.", ""))
    assert [(row["service"], row["goroutines"], row["growth_per_hour"]) for row in rows] == [
        ("checkout", 92, 48.0),
        ("cart", 17, 12.0),
    ]


def test_query_goes_where_there_is_something_to_ask() -> None:
    """To the address while the demo is kept, to the folder afterwards; neither breaks the quotes of a shell."""
    kept, ended = (write_query(_STORE, Path(".demo/data/store"), keeps=keeps) for keeps in (True, False))
    assert kept == f"curl -s {_STORE} -d '{QUERY} FORMAT PrettyCompact'"
    assert "chdb.connect('.demo/data/store')" in ended
    assert ("'" in QUERY, '"' in QUERY) == (False, False)


def test_steps_name_files_and_a_dashboard_that_exist() -> None:
    """And, once the demo has ended, how to have its store answer again."""
    kept, ended = (write_grafana_steps(_STORE, keeps=keeps) for keeps in (True, False))
    named = re.findall(r"\w+\.json", " ".join(kept))
    assert [name for name in named if not (_ROOT / "infra/grafana/dashboards" / name).exists()] == []
    assert any(board["title"] in kept[2] for board in dashboards())
    assert (ended[1:], "KEEP=1" in ended[0], "port 8123" in kept[0]) == (kept, True, True)
