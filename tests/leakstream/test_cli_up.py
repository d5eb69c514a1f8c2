"""What `up` makes of a file and of its options."""

from pathlib import Path

import click
import pytest

from leakstream.commands.settings_file import SettingsProblems
from leakstream.commands.up import Places, make_settings
from schemas.settings import WebSettings
from schemas.settings_load import load_settings, settings_for_targets
from schemas.settings_store import EmbeddedStoreSettings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file with one job."""
    path = tmp_path / "leakstream.yml"
    path.write_text("scrape_configs: [{job_name: shop, static_configs: [{targets: ['a:1']}]}]\n")
    return path


def test_targets_need_no_file() -> None:
    """Everything embedded under one folder, scraped once a minute unless told otherwise."""
    expected = settings_for_targets(("cart=b:1",), interval_seconds=60.0, data="data")
    assert make_settings(None, ("cart=b:1",), Places(), None) == expected


def test_file_alone_is_read_as_it_stands(file: Path) -> None:
    """No option changes it."""
    assert make_settings(file, (), Places(), None) == load_settings(file.read_text(), str(file))


def test_targets_are_added_to_those_of_the_file_with_their_own_interval(file: Path) -> None:
    """The file's own jobs stay as they are."""
    settings = make_settings(file, ("cart=b:1",), Places(), 15.0)
    assert [(job.job_name, job.scrape_interval_seconds) for job in settings.scrape_configs] == [
        ("shop", None),
        ("cart", 15.0),
    ]
    assert settings.store == load_settings(file.read_text(), str(file)).store


@pytest.mark.parametrize(
    ("targets", "places", "interval_seconds"),
    [
        ((), Places(data="d"), None),
        ((), Places(listen="127.0.0.1:1"), None),
        ((), Places(web="127.0.0.1:1"), None),
        ((), Places(), 15.0),
        (("b:1",), Places(data="d"), None),
        (("b:1",), Places(listen="127.0.0.1:1"), None),
        (("b:1",), Places(web="127.0.0.1:1"), None),
        (("shop=b:1",), Places(), None),
    ],
)
def test_options_that_would_mean_nothing_are_refused(
    file: Path, targets: tuple[str, ...], places: Places, interval_seconds: float | None
) -> None:
    """Silence would be worse than a refusal."""
    with pytest.raises(click.UsageError):
        make_settings(file, targets, places, interval_seconds)


def test_target_that_is_none_is_a_problem_of_settings() -> None:
    """It is told like any other wrong setting."""
    with pytest.raises(SettingsProblems, match="nowhere"):
        make_settings(None, ("nowhere",), Places(), None)


def test_places_are_where_the_options_say() -> None:
    """Data, store and web listener; what is not said stays the default."""
    said = make_settings(None, ("b:1",), Places("d", "127.0.0.1:1", "[::1]:2"), None)
    assert (said.store.embedded, said.web) == (
        EmbeddedStoreSettings(path="d/store", listen_address="127.0.0.1:1"),
        WebSettings(listen_address="[::1]:2"),
    )


def test_address_that_is_none_is_a_problem_of_settings() -> None:
    """It is told with its place, like any other wrong setting."""
    with pytest.raises(SettingsProblems, match=r"web\.listen_address"):
        make_settings(None, ("b:1",), Places(web="nowhere"), None)
