"""The page of settings tells everything and is up to date."""

from pathlib import Path

from schemas.settings import Settings
from schemas.settings_reference import describe_settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_page_is_up_to_date() -> None:
    """What is in the repository is what the settings say."""
    assert PAGE.read_text() == describe_settings()


def test_every_key_has_a_row_with_kind_default_and_meaning() -> None:
    """No empty cell."""
    rows = [line.strip("|").split(" | ") for line in describe_settings().splitlines() if line.startswith("| `")]
    assert [row for row in rows if len(row) != 4 or not all(cell.strip() for cell in row)] == []
    assert {row[0].strip(" `") for row in rows} >= {
        field.alias or name for name, field in Settings.model_fields.items()
    }


def test_default_is_written_as_in_the_file() -> None:
    """Durations and sizes with their units."""
    page = describe_settings().splitlines()
    assert "| `scrape_timeout` | duration | `10s` | Prometheus' default; never above the interval. |" in page
    assert "| `body_size_limit` | size | `16MiB` | 300,000 goroutines need 0.1 MB. |" in page
