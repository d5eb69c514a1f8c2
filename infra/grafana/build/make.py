"""All files that Grafana is provisioned with and that are made, by their paths: `make generate` writes them."""

import json

import yaml

from infra.grafana.build.alerts import build_alerts
from infra.grafana.build.fingerprint import build_fingerprint
from infra.grafana.build.fleet import build_fleet
from infra.grafana.build.model import Json
from infra.grafana.build.pipeline import build_pipeline
from infra.grafana.build.service import build_service

_HEAD = "# Made by `make generate` from infra/grafana/build/alerts.py and infra/grafana/queries/alerts/.\n"


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as they stand, so that SQL can be read and pasted."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Choose the style of a text."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _Readable.represent_text)


def build_dashboards() -> tuple[Json, ...]:
    """Give the dashboards, in the order in which a person meets them."""
    return (build_fleet(), build_service(), build_fingerprint(), build_pipeline())


def make_grafana() -> dict[str, bytes]:
    """Give the text of every file by its path from the root."""
    files = {
        f"infra/grafana/dashboards/{built['uid'].removeprefix('leakstream-')}.json": _write(built)
        for built in build_dashboards()
    }
    alerts = _HEAD + yaml.dump(build_alerts(), Dumper=_Readable, sort_keys=False, width=1000, allow_unicode=True)
    return files | {"infra/grafana/alerting/rules.yml": alerts.encode()}


def _write(built: Json) -> bytes:
    """Write a dashboard as it is pasted into Grafana."""
    return (json.dumps(built, indent=2, ensure_ascii=False) + "\n").encode()
