"""The questions of docs/queries.md: each answer there is what the engine gives of the story in tests/seed.py."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate
from leakstream.serve.engine import Engine, Limits, Statement
from tests.seed import batches, fill
from tests.store_rows import START

_PAGE = Path(__file__).parents[3] / "docs" / "queries.md"
_QUESTION = re.compile(
    r"^## (?P<title>[^\n]+)\n\n```sql\n(?P<sql>.+?)\n```\n\n```text\n(?P<answer>.+?)\n```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, the SQL to paste, and the answer as a table."""

    title: str
    sql: str
    answer: str


def read_questions() -> tuple[Question, ...]:
    """Read the page."""
    return tuple(Question(**found.groupdict()) for found in _QUESTION.finditer(_PAGE.read_text()))


def write_rows(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows as a table for people: names first, columns aligned, times without a zone (UTC)."""
    cells = [[*rows[0]], *([_write(value) for value in row.values()] for row in rows)] if rows else [["(no rows)"]]
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def _write(value: object) -> str:
    """Write one value."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


@pytest.fixture(scope="module")
def story(store_path: Path) -> Iterator[ClickhouseStore]:
    """A store with the story, for reading."""
    store = open_embedded(store_path, "questions")
    migrate(store, "questions", now=START)
    fill(store, list(batches()))
    yield store
    store.close()
    last = open_embedded(store_path, "questions")
    last.execute("DROP DATABASE questions SYNC")
    last.close()


def test_there_are_thirty_and_every_block_is_one_of_them() -> None:
    """No question is without SQL and answer, none is passed over because it is written oddly."""
    page = _PAGE.read_text()
    assert len(read_questions()) == page.count("\n## ") == page.count("```sql") >= 30


@pytest.mark.parametrize("question", read_questions(), ids=lambda question: question.title[:50])
def test_the_answer_is_what_the_page_says(question: Question, story: ClickhouseStore) -> None:
    """Whole, in its order, for a reader who may not write."""
    assert write_rows(story.query(f"{question.sql}\nSETTINGS readonly = 1")) == question.answer


@pytest.mark.parametrize("question", read_questions(), ids=lambda question: question.title[:50])
def test_the_door_lets_it_through(question: Question, story: ClickhouseStore, store_path: Path) -> None:
    """What can be pasted can be sent to the port of the embedded engine too, which lets only readers in."""
    asked = Statement(question.sql, "questions", "TabSeparatedWithNames", {}, {}, Limits(), "door-question")
    answers = Engine(store_path, Limits(), "questions").run(asked)
    assert sum(answer.rows for answer in answers) == len(story.query(question.sql))
