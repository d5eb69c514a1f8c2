"""What Grafana is provisioned with in the compose file: sources, dashboards and alert rules that name each other."""

import re

import yaml

from infra.grafana.build.alerts import METRICS_UID, RULES, STORE_UID
from schemas.durations import parse_duration
from tests.infra.grafana.reading import GRAFANA, Json, alerts, dashboards
from tests.infra.reading import INFRA, compose, settings_of

_FOLDER = "/etc/grafana/provisioning"


def sources() -> dict[str, Json]:
    """Give the data sources by their uid."""
    files = [yaml.safe_load(path.read_text()) for path in sorted((GRAFANA / "datasources").glob("*.yml"))]
    return {source["uid"]: source for file in files for source in file["datasources"]}


def test_folders_lie_where_grafana_looks() -> None:
    """Each kind of file is mounted, read-only, in its folder of /etc/grafana/provisioning."""
    mounted = [entry for entry in compose()["services"]["grafana"]["volumes"] if entry.startswith("./")]
    assert mounted == [f"./grafana/{kind}:{_FOLDER}/{kind}:ro" for kind in ("datasources", "dashboards", "alerting")]


def test_provider_reads_the_folder_that_it_lies_in() -> None:
    """The dashboards are beside it; nobody changes them in Grafana and wonders where the changes went."""
    (provider,) = yaml.safe_load((GRAFANA / "dashboards/provider.yml").read_text())["providers"]
    assert (provider["options"], provider["allowUiUpdates"]) == ({"path": f"{_FOLDER}/dashboards"}, False)


def test_alert_rules_ask_sources_that_are_provisioned() -> None:
    """Rules cannot use variables, so their sources have fixed names; the kind of each is the one that is asked."""
    kinds = {uid: source["type"] for uid, source in sources().items()}
    asked = {rule["data"][0]["datasourceUid"]: rule["data"][0]["model"]["datasource"]["type"] for rule in alerts()}
    assert asked == kinds == {STORE_UID: "grafana-clickhouse-datasource", METRICS_UID: "prometheus"}


def test_alert_rules_wait_and_keep_firing() -> None:
    """Every one has its own name, both times, a severity, and a sentence that says what to do."""
    assert len({rule["uid"] for rule in alerts()}) == len(alerts()) == len(RULES)
    for rule in alerts():
        assert parse_duration(rule["keepFiringFor"]) >= 600
        assert rule["for"] == "0s" or parse_duration(rule["for"]) >= 120
        assert (rule["condition"], rule["labels"]["severity"] in {"warning", "critical"}) == ("B", True)
        assert all(rule["annotations"][name] for name in ("summary", "description", "dashboard"))


def test_templates_of_alerts_name_labels_that_their_query_gives() -> None:
    """A label that is not there would be an empty word in a page; a dollar sign would be eaten by provisioning."""
    for rule in alerts():
        model, texts = rule["data"][0]["model"], " ".join((*rule["annotations"].values(), *rule["labels"].values()))
        asked = model.get("rawSql", model.get("expr"))
        assert [name for name in re.findall(r"\.Labels\.(\w+)", texts) if not re.search(rf"\b{name}\b", asked)] == []
        assert "$" not in texts + rule["title"]


def test_alerts_link_to_dashboards() -> None:
    """Each leads to a dashboard that exists, with variables that it has."""
    known = {board["uid"]: {item["name"] for item in board["templating"]["list"]} for board in dashboards()}
    for rule in alerts():
        uid, _, query = rule["annotations"]["dashboard"].removeprefix("/d/").partition("?")
        assert set(re.findall(r"var-(\w+)=", query)) <= known[uid]


def test_alerts_on_leaks_never_use_what_only_the_browser_knows() -> None:
    """Conditions on variables are made in the browser; an alert is evaluated without one."""
    texts = [str(rule["data"][0]["model"]) for rule in alerts()]
    assert [text for text in texts if "$__conditionalAll" in text or "${" in text] == []


def test_prometheus_scrapes_every_role() -> None:
    """Under the names of their services, at the port of their metrics; Grafana asks it where it listens."""
    whole = yaml.safe_load((INFRA / "prometheus/prometheus.yml").read_text())
    (discovery,) = whole["scrape_configs"][0]["dns_sd_configs"]
    _, port = settings_of("leakstream.yml").web.address()
    assert (discovery["names"], discovery["port"]) == (["collector", "processor", "notifier"], port)
    assert set(discovery["names"]) | {"prometheus"} <= set(compose()["services"])
    health = compose()["services"]["prometheus"]["healthcheck"]["test"][-1]
    assert health.startswith(sources()[METRICS_UID]["url"].replace("prometheus:", "127.0.0.1:"))
