"""The settings of the store: one place, and how long it keeps rows."""

import pytest

from schemas.settings_load import SettingsError, load_settings


def _refused(text: str) -> list[str]:
    """Give what is wrong with a file, one line each."""
    with pytest.raises(SettingsError) as refused:
        load_settings(text, "f.yml")
    return [str(problem) for problem in refused.value.problems]


def test_retention_alone_is_the_embedded_store() -> None:
    """Who only wants to keep counts longer need not name where they are."""
    store = load_settings("store: {retention: {counts: 14d}}", "f.yml").store
    assert (store.embedded is not None, store.retention.by_setting()["counts"]) == (True, 14 * 86_400)


def test_a_store_is_embedded_or_a_server() -> None:
    """Both at once are refused."""
    assert _refused("store: {embedded: {}, clickhouse: {url: 'http://a:1'}}") != []


@pytest.mark.parametrize("text", ["counts: 1h", "counts: 0", "count: 7d", "counts: 7"])
def test_a_retention_that_keeps_too_little_or_nothing_known_is_refused(text: str) -> None:
    """Growth is judged over a day at least; keys are tables; durations have a unit."""
    assert len(_refused(f"store: {{retention: {{{text}}}}}")) == 1


@pytest.mark.parametrize("name", ["a b", "1a", "a'"])
def test_a_cluster_that_needs_quoting_is_refused(name: str) -> None:
    """A cluster has a plain name."""
    assert len(_refused(f'store: {{clickhouse: {{url: "http://a:1", cluster: "{name}"}}}}')) == 1
