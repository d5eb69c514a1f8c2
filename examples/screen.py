"""What the demo shows: a table that is drawn anew on a terminal; elsewhere one line for each change of state."""

from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from examples.outcome import Row


class Screen:
    """Shows rows of `top_growing`; remembers what it said. Use it as a context."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[tuple[str, str], str] = {}
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, rows: Sequence[Row], headline: str) -> None:
        """Draw the rows, or say which of them changed their state."""
        if self._live:
            self._live.update(draw(rows, headline), refresh=True)
            return
        for row in rows:
            key, state = (str(row["service"]), str(row["fingerprint"])), str(row["state"])
            if self._said.get(key, "inactive") != state:
                self._said[key] = state
                name = f"{row['service']} {row['site']} ({row['operation']})"
                self._console.print(f"  {name}: {state}, {row['goroutines']} goroutines", soft_wrap=True)


def draw(rows: Sequence[Row], headline: str) -> Table:
    """Draw rows, worst first, as they come; a narrow terminal folds names and cuts none."""
    table = Table(title=headline, title_justify="left")
    for name, justify in (("service", "left"), ("goroutines", "right"), ("stack site", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]  # rich has literals here
    table.add_column("waits on", overflow="fold")
    table.add_column("growth/h", justify="right")
    table.add_column("state")
    for row in rows:
        growth = f"{float(str(row['growth_per_hour'])):.0f}"
        cells = (row["service"], row["goroutines"], row["site"], row["operation"], growth, row["state"])
        table.add_row(*map(str, cells), style="bold red" if row["state"] == "firing" else None)
    return table
