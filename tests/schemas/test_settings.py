"""What settings promise: every mistake is named with its place, all at once, and no secret is ever shown."""

import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.settings import GlobalSettings, ScrapeConfig, Settings, StaticConfig
from schemas.settings_load import SettingsError, load_settings, settings_for_targets

CANARY = "hunter2canary"
NOT_AN_ADDRESS = "(no scheme, path, user or space may stand here)"
_YAML = (
    "---",
    "\n",
    "\n  ",
    ": ",
    "- ",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "&a ",
    "*a",
    "<<",
    "!!bool x",
    "%",
    "=",
)
_WORDS = ("scrape_configs", "job_name", "labels", "a", "1", "yes", "~", "2026-13-45", "0b_", "\ud800", "\x00")


def problems(text: str) -> list[str]:
    """Give what is wrong with a file, one line each."""
    with pytest.raises(SettingsError) as refused:
        load_settings(text, "f.yml")
    return [str(problem) for problem in refused.value.problems]


def job(inside: str) -> str:
    """Give a file with one job called a."""
    return f"scrape_configs: [{{job_name: a, {inside}}}]"


MISTAKES = """
globl: {}
    globl: unknown key; did you mean "global"?
global_: {}
    global_: unknown key; did you mean "global"?
global: {scrape_interval_seconds: 5s}
    global.scrape_interval_seconds: unknown key; did you mean "scrape_interval"?
scrape_configs: [{job_name: a, static_configs: [{targets: []}, {targets: [], labelz: {}}]}]
    scrape_configs[0].static_configs[1].labelz: unknown key; did you mean "labels"?
log: {sqlite: {zzz: 1}}
    log.sqlite.zzz: unknown key; known here: path, partitions, retention, retention_bytes
global: {scrape_interval: 5}
    global.scrape_interval: 5 has no unit (write 5s)
global: {scrape_interval: soon}
    global.scrape_interval: not a duration: 'soon' (write 15s, 1h30m or 500ms)
global: {scrape_interval: yes}
    global.scrape_interval: not a duration: true (write 15s, 1h30m or 500ms)
log: {sqlite: {partitions: true}}
    log.sqlite.partitions: must be a whole number
log: {sqlite: {retention_bytes: 1K}}
    log.sqlite.retention_bytes: not a size: '1K' (write 16MiB, 512KB or 1000)
scrape_configs: [{}]
    scrape_configs[0].job_name: is required
scrape_configs: [{job_name: ' '}]
    scrape_configs[0].job_name: must not be empty
scrape_configs: [{job_name: a}, {job_name: a}]
    scrape_configs[1].job_name: the job_name 'a' stands twice
scrape_configs: [{job_name: a, scrape_interval: 1s, scrape_timeout: 2s}]
    scrape_configs[0].scrape_timeout: scrape_timeout 2s is longer than scrape_interval 1s
global: {scrape_interval: 5s, scrape_timeout: 1m}
    global.scrape_timeout: scrape_timeout 1m is longer than scrape_interval 5s
scrape_configs: [{job_name: a, body_size_limit: 64MiB}]
    scrape_configs[0].body_size_limit: body_size_limit 64MiB is not below dead_letters.record_size_limit 64MiB
dead_letters: {ratio: 1.5}
    dead_letters.ratio: Input should be less than or equal to 1
dead_letters: {consecutiv: 5}
    dead_letters.consecutiv: unknown key; did you mean "consecutive"?
scrape_configs: [{job_name: a, scheme: ftp}]
    scrape_configs[0].scheme: Input should be 'http' or 'https'
scrape_configs: [{job_name: a, metrics_path: x}]
    scrape_configs[0].metrics_path: must begin with / and hold no ?, # or space: 'x'
scrape_configs: [{job_name: a, static_configs: [{targets: [], labels: {a-b: c}}]}]
    scrape_configs[0].static_configs[0].labels.a-b: not a label name: 'a-b' (letters, digits and _; no digit first)
scrape_configs: [{job_name: a, static_configs: [{targets: [], labels: {a: 1}}]}]
    scrape_configs[0].static_configs[0].labels.a: must be text (put quotes around it)
scrape_configs: [{job_name: a, file_sd_configs: [{files: [a.txt]}]}]
    scrape_configs[0].file_sd_configs[0].files[0]: must end in .json, .yml or .yaml: 'a.txt'
scrape_configs: [{job_name: a, file_sd_configs: [{files: []}]}]
    scrape_configs[0].file_sd_configs[0].files: must not be empty
store: false
    store: must be a mapping of settings
store: {embedded: {}, clickhouse: {url: 'http://a:1'}}
    store: name exactly one of embedded and clickhouse
profile_labels: {keeep: [tenant]}
    profile_labels.keeep: unknown key; did you mean "keep"?
profile_labels: {keep: [tenant, '']}
    profile_labels.keep[1]: must not be empty
profile_labels: {keep: [tenant, "a\\n"]}
    profile_labels.keep[1]: not a label key: 'a\\n'
profile_labels: {keep: [tenant, endpoint, tenant]}
    profile_labels.keep: the key 'tenant' stands twice
profile_labels: {values: hashed}
    profile_labels.values: Input should be 'plain', 'hash' or 'redact'
profile_labels: {values: hash}
    profile_labels: values: hash needs hash_key or hash_key_file, or values could be guessed
profile_labels: {values: hash, hash_key: 0123456789abcdef, hash_key_file: x}
    profile_labels: hash_key and hash_key_file exclude each other
profile_labels: {values: redact, hash_key_file: x}
    profile_labels: a hash_key belongs to values: hash, not to redact
profile_labels: {values: hash, hash_key: short}
    profile_labels: hash_key has 5 bytes, 16 to 64 are needed
profile_labels: {most_values: 0}
    profile_labels.most_values: Input should be greater than or equal to 1
tickets: {}
    tickets: must be a list
tickets: [{}]
    tickets[0]: name exactly one of file and webhook
tickets: [{webhook: {}}]
    tickets[0].webhook: name exactly one of url and url_file
""".strip().splitlines()
"""A file, and below it what is said about it."""


def test_empty_file_is_the_defaults() -> None:
    """Every setting has one."""
    assert load_settings("", "f.yml") == Settings()


def test_nothing_but_scrape_configs_is_needed() -> None:
    """Everything else is embedded, under `data`."""
    settings = load_settings("scrape_configs: [{job_name: a}]", "f.yml")
    assert settings == Settings(scrape_configs=(ScrapeConfig(job_name="a"),))
    assert settings.store.clickhouse is None


def test_words_of_prometheus_are_read() -> None:
    """Interval, timeout, sizes, targets and labels as people have them."""
    settings = load_settings(
        "global: {scrape_interval: 1m30s}\n"
        "scrape_configs:\n"
        "- job_name: checkout\n"
        "  scrape_timeout: 500ms\n"
        "  body_size_limit: 1MiB\n"
        '  static_configs: [{targets: ["10.0.0.7:6060", "[::1]:6060"], labels: {version: v41}}]\n',
        "f.yml",
    )
    config = settings.scrape_configs[0]
    assert settings.global_ == GlobalSettings.model_validate({"scrape_interval": "1m30s"})
    assert (config.scrape_timeout_seconds, config.body_size_limit_bytes) == (0.5, 2**20)
    assert config.static_configs == (StaticConfig(targets=("10.0.0.7:6060", "[::1]:6060"), labels={"version": "v41"}),)


@pytest.mark.parametrize(("text", "line"), [*zip(MISTAKES[::2], MISTAKES[1::2], strict=True)])
def test_mistake_is_named_with_its_place(text: str, line: str) -> None:
    """Place, what, and the nearest known key."""
    assert problems(text) == [f"f.yml: {line.strip()}"]


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("http://a:1/", "not host:port: 'http://a:1/' "),
        ("a:1/x", "not host:port: 'a:1/x' "),
        ("a b:1", "not host:port: 'a b:1' "),
        ("a:1\n", "not host:port: 'a:1\\n' "),
        ("a", "not host:port: 'a' "),
        ("user:pass@a:1", "not host:port: '…@a:1' "),
        ("http://a:1/x?token=secret", "not host:port: 'http://a:1/x…' "),
    ],
)
def test_target_that_is_no_address_is_refused(target: str, shown: str) -> None:
    """With a sentence, and without what may be a secret in it."""
    text = job(f"static_configs: [{{targets: ['ok:1', {json.dumps(target)}]}}]")
    assert problems(text) == [f"f.yml: scrape_configs[0].static_configs[0].targets[1]: {shown}{NOT_AN_ADDRESS}"]


@pytest.mark.parametrize("target", ["a:0", "a:65536", "a:99999"])
def test_port_outside_the_range_is_refused(target: str) -> None:
    """1 to 65535."""
    line = f"f.yml: scrape_configs[0].static_configs[0].targets[0]: not a port: '{target}'"
    assert problems(job(f"static_configs: [{{targets: ['{target}']}}]")) == [line]


def test_default_timeout_is_cut_to_a_short_interval() -> None:
    """Nobody wrote it, so nobody is told; only what is written is refused."""
    settings = load_settings("global: {scrape_interval: 5s}\nscrape_configs: [{job_name: a, scrape_interval: 1s}]", "f")
    assert settings.global_.scrape_interval_seconds == 5.0


def test_all_mistakes_are_told_at_once() -> None:
    """One line each, in fields as in what must fit together."""
    assert len(problems("globl: {}\nwebb: {}\nlog: {sqlite: {partitions: 0}}")) == 3
    assert len(problems(job("static_configs: [{targets: [a, b, c]}]"))) == 3
    twice = "{job_name: a, scrape_interval: 1s, scrape_timeout: 2s}"
    assert len(problems(f"scrape_configs: [{twice}, {twice}, {{job_name: a}}]")) == 4


@pytest.mark.parametrize(
    "text",
    [
        f"store: {{clickhouse: {{url: 'http://a:1', password: {CANARY}}}}}",
        f"store: {{clickhouse: {{url: 'http://a:1', password: !{CANARY} }}}}",
        f"store: {{clickhouse: {{url: 'http://a:1', password: *{CANARY} }}}}",
        f"store: {{clickhouse: {{url: 'http://a:1', password: [{CANARY}]}}}}",
        f"store: {{clickhouse: {{url: 'http://a:1', password:{CANARY}}}}}",
        f"store: {{clickhouse: {{url: 'http://a:1', password={CANARY}}}}}",
        f"store: {{clickhouse: {{password:{CANARY}, password:{CANARY}}}}}",
        f"store:\n  clickhouse:\n    password:{CANARY}\n",
        f"store: {{clickhouse: {{url: 'http://a:1', password: {CANARY}, password_file: x}}}}",
        f"store: {{clickhouse: {{url: 'http://user:{CANARY}@a:1'}}}}",
        f"store: {{clickhouse: {{url: 'http://a:1?password={CANARY}'}}}}",
        f"tickets: [{{webhook: {{url: 'http://{CANARY}'}}}}]",
        f"tickets: [{{webhook: {{url: 'ftp://{CANARY}'}}}}]",
        f"tickets: [{{webhook: {{url: ['{CANARY}']}}}}]",
        f"tickets: [{{webhook: {{url: '{CANARY}', url_file: x}}}}]",
        f"profile_labels: {{values: hash, hash_key: {CANARY}{CANARY}}}",
        f"profile_labels: {{values: hash, hash_key: {CANARY}}}",
        f"profile_labels: {{values: redact, hash_key: {CANARY}{CANARY}}}",
        f"web: {{listen_address: 'user:{CANARY}@a:1'}}",
        job(f"static_configs: [{{targets: ['http://user:{CANARY}@a:1/']}}]"),
    ],
)
def test_secret_is_never_shown(text: str) -> None:
    """Not in the settings' text, not in their JSON, not in an error, not in its traceback."""
    try:
        settings = load_settings(text, "f.yml")
    except SettingsError as error:
        shown = f"{error} {error!r} {''.join(traceback.format_exception(error))}"
    else:
        shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert CANARY not in shown


def test_password_is_kept_for_whoever_asks() -> None:
    """Hidden is not lost."""
    settings = load_settings(f"store: {{clickhouse: {{url: 'http://a:1', password: {CANARY}}}}}", "f.yml")
    assert settings.store.clickhouse is not None
    assert settings.store.clickhouse.read_password() == CANARY


@given(st.text(max_size=60) | st.lists(st.sampled_from(_YAML + _WORDS), max_size=12).map("".join))
def test_any_text_is_settings_or_problems(text: str) -> None:
    """Never another error, never an error without a problem."""
    try:
        said = len(str(load_settings(text, "f.yml")))
    except SettingsError as error:
        said = len(error.problems)
    assert said > 0


def test_targets_of_the_command_line_need_no_file() -> None:
    """Everything goes under one folder; the service is named or `go`; the timeout is cut to the interval."""
    settings = settings_for_targets(["a:1", "checkout=b:2", "c:3"], interval_seconds=0.25, data="d")
    expected = load_settings(
        "global: {scrape_interval: 250ms, scrape_timeout: 250ms}\n"
        "scrape_configs:\n"
        "- {job_name: go, static_configs: [{targets: ['a:1', 'c:3']}]}\n"
        "- {job_name: checkout, static_configs: [{targets: ['b:2']}]}\n"
        "log: {sqlite: {path: d/log.db}}\n"
        "store: {embedded: {path: d/store}}\n"
        "tickets: [{file: {path: d/tickets}}]\n",
        "f.yml",
    )
    assert settings == expected


def test_every_wrong_target_of_the_command_line_is_named() -> None:
    """With the option it came from, and without a secret in it."""
    with pytest.raises(SettingsError) as refused:
        settings_for_targets(["=a:1", "a:b", f"x=u:{CANARY}@h:1", "ok:1"], interval_seconds=5.0, data="d")
    assert str(refused.value).splitlines() == [
        "--target: no service stands before the =",
        f"--target: not host:port: 'a:b' {NOT_AN_ADDRESS}",
        f"--target: not host:port: '…@h:1' {NOT_AN_ADDRESS}",
    ]
