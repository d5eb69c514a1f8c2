"""What the demo says at its end: one query that works as it stands, and how to see the same in Grafana. Pure."""

from pathlib import Path

QUERY = (
    "SELECT service, fingerprint, site, goroutines, round(growth_per_hour) AS growth_per_hour, since "
    "FROM leakstream.leaks_now"
)
_DASHBOARDS = "infra/grafana/dashboards"


def write_query(store: str, folder: Path, *, keeps: bool) -> str:
    """Give the line to paste: curl while the store answers at its address, else Python, which opens its folder."""
    if keeps:
        return f"curl -s {store} -d '{QUERY} FORMAT PrettyCompact'"
    opened = f"chdb.connect('{folder}').query('{QUERY}', 'PrettyCompact')"
    return f'.venv/bin/python -c "import chdb; print({opened})"'


def write_grafana_steps(store: str, *, keeps: bool) -> tuple[str, ...]:
    """Give the steps to the dashboards, one a line; they need the store to answer."""
    host, _, port = store.removeprefix("http://").partition(":")
    first = () if keeps else ("make demo KEEP=1 leaves everything running; then, in a Grafana on this machine:",)
    return (
        *first,
        f"1. Connections, Add new connection, ClickHouse: server {host}, port {port}, protocol HTTP, no user",
        f"2. Dashboards, New, Import: {_DASHBOARDS}/fleet.json, service.json, fingerprint.json",
        "3. Leakstream / Fleet, last 15 minutes: a click on a stack site opens the leak, and what to do",
    )
