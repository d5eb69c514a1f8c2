"""Draws the pictures of docs/operate/grafana.md anew: `make pictures`."""

import tempfile
from pathlib import Path

from tests.infra.grafana import picture_story
from tests.infra.grafana.browser import ROOT, bundle, draw
from tests.infra.grafana.macros import expand
from tests.infra.grafana.reading import GRAFANA
from tests.infra.grafana.stores import look_at, opened

PICTURES = {"flamegraph": 330, "growth_flamegraph": 290}
"""Queries of the service, and how high their pictures are."""


def main() -> None:
    """Draw each, from our SQL on the service of picture_story."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle(folder)
        with opened(folder / "store", "pictures", filled=False) as store:
            picture_story.fill(store)
            for query, height in PICTURES.items():
                sql = expand((GRAFANA / f"queries/service/{query}.sql").read_text(), look_at(picture_story.SERVICE))
                draw(folder, store.query(sql), ROOT / f"docs/operate/pictures/{query}.png", height)


if __name__ == "__main__":
    main()
