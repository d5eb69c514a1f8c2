"""What settings promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.durations import format_duration, parse_duration, parse_size
from schemas.settings import Settings
from schemas.settings_load import SettingsError, load_settings, settings_for_targets

CANARY = "hunter2canary"


def problems(text: str) -> list[str]:
    """Give what is wrong with a file, one line each."""
    with pytest.raises(SettingsError) as refused:
        load_settings(text, "f.yml")
    return [str(problem) for problem in refused.value.problems]


def test_empty_file_is_the_defaults() -> None:
    """Every setting has one."""
    assert load_settings("", "f.yml") == Settings()


def test_words_of_prometheus_are_read() -> None:
    """Interval, timeout, targets and labels as people have them."""
    settings = load_settings(
        "global: {scrape_interval: 1m30s}\n"
        "scrape_configs:\n"
        "- job_name: checkout\n"
        "  scrape_timeout: 500ms\n"
        "  body_size_limit: 1MiB\n"
        '  static_configs: [{targets: ["10.0.0.7:6060"], labels: {version: v41}}]\n',
        "f.yml",
    )
    config = settings.scrape_configs[0]
    assert (settings.global_.scrape_interval_seconds, config.scrape_timeout_seconds, config.body_size_limit_bytes) == (
        90.0,
        0.5,
        2**20,
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("globl: {}", 'f.yml: globl: unknown key; did you mean "global"?'),
        (
            "scrape_configs: [{job_name: a, static_configs: [{targets: [], labelz: {}}]}]",
            'f.yml: scrape_configs[0].static_configs[0].labelz: unknown key; did you mean "labels"?',
        ),
        ("global: {scrape_interval: 5}", "f.yml: global.scrape_interval: 5 has no unit (write 5s)"),
        (
            "global: {scrape_interval: soon}",
            "f.yml: global.scrape_interval: not a duration: 'soon' (write 15s, 1h30m or 500ms)",
        ),
        ("log: {}\nlog: {}", "f.yml:2:1: the key 'log' stands twice"),
        ("a: &x [1]\nb: *x", "f.yml:2:4: aliases are not allowed"),
        ("[1, 2]", "f.yml: must be a mapping of settings, not list"),
        ("a: [", "f.yml:1:5: expected the node content, but found '<stream end>'"),
        (
            "scrape_configs: [{job_name: a}, {job_name: a}]",
            "f.yml: the job_name 'a' stands twice in scrape_configs",
        ),
        (
            "scrape_configs: [{job_name: a, scrape_interval: 1s, scrape_timeout: 2s}]",
            "f.yml: scrape_timeout is longer than scrape_interval in job 'a'",
        ),
        (
            "store: {embedded: {}, clickhouse: {url: 'http://a:1'}}",
            "f.yml: store: name exactly one of embedded and clickhouse",
        ),
        (
            "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://a:1/']}]}]",
            (
                "f.yml: scrape_configs[0].static_configs[0].targets: not host:port: 'http://a:1/'"
                " (no scheme, path, user or space may stand here)"
            ),
        ),
    ],
)
def test_mistake_is_named_with_its_place(text: str, line: str) -> None:
    """Place, what, and the nearest known key."""
    assert problems(text) == [line]


def test_all_mistakes_are_told_at_once() -> None:
    """One line each."""
    assert len(problems("globl: {}\nwebb: {}\nlog: {sqlite: {partitions: 0}}")) == 3


@pytest.mark.parametrize(
    "text",
    [
        f"store: {{clickhouse: {{url: 'http://a:1', password: {CANARY}}}}}",
        f"tickets: [{{webhook: {{url: 'http://{CANARY}'}}}}]",
        f"store: {{clickhouse: {{url: 'http://a:1', password: {CANARY}, password_file: x}}}}",
        f"tickets: [{{webhook: {{url: ['{CANARY}']}}}}]",
        f"tickets: [{{webhook: {{url: '{CANARY}', url_file: x}}}}]",
        f"store: {{clickhouse: {{url: 'http://user:{CANARY}@a:1'}}}}",
    ],
)
def test_secret_is_never_shown(text: str) -> None:
    """Not in the settings' text, not in an error."""
    try:
        settings = load_settings(text, "f.yml")
    except SettingsError as error:
        shown = f"{error} {error!r}"
    else:
        shown = f"{settings} {settings!r} {settings.model_dump_json()}"
    assert CANARY not in shown


@given(st.text(max_size=60))
def test_any_text_is_settings_or_problems(text: str) -> None:
    """Never another error."""
    try:
        load_settings(text, "f.yml")
        problems_or_none = 1
    except SettingsError as error:
        problems_or_none = len(error.problems)
    assert problems_or_none


def test_targets_of_the_command_line_need_no_file() -> None:
    """Everything goes under one folder; the service is named or `go`."""
    settings = settings_for_targets(["a:1", "checkout=b:2", "c:3"], interval_seconds=0.25, data="d")
    assert [(c.job_name, c.static_configs[0].targets) for c in settings.scrape_configs] == [
        ("go", ("a:1", "c:3")),
        ("checkout", ("b:2",)),
    ]
    assert (settings.log.sqlite.path, settings.global_.scrape_interval_seconds) == ("d/log.db", 0.25)


@given(st.integers(0, 10**10))
def test_duration_reads_back(milliseconds: int) -> None:
    """To the millisecond."""
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.text(max_size=12))
def test_text_that_is_no_duration_or_size_is_a_value_error(text: str) -> None:
    """Never another error, and the text is quoted."""
    for parse in (parse_duration, parse_size):
        try:
            said = repr(text) if parse(text) >= 0 else ""
        except ValueError as error:
            said = str(error)
        assert repr(text) in said
