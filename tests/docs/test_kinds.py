"""The kinds of evidence as docs/detection.md says them."""

import re
from pathlib import Path

import pytest

from docs.kinds import BEGIN, END, LAWS, describe_kinds, weave
from processors.evidence_kinds import KINDS
from processors.growth import questions

PAGE = Path(__file__).parents[2] / "docs" / "detection.md"


def test_every_kind_has_a_law_and_a_section_in_order() -> None:
    """None is missing, and none is left of a kind that is gone."""
    assert list(LAWS) == [kind.name for kind in KINDS]
    assert re.findall(r"^### (\w+)$", describe_kinds(), flags=re.MULTILINE) == list(LAWS)


def test_every_number_of_a_question_is_in_the_page() -> None:
    """A limit that no law names would be a secret."""
    constants = {name for name, value in vars(questions).items() if re.fullmatch(r"_[A-Z_]+", name) and value}
    named = set(re.findall(r"{(_[A-Z_]+)", "".join(law.passes for law in LAWS.values())))
    assert constants - named == set()


def test_page_holds_what_the_code_asks() -> None:
    """It is made again when a number changes."""
    page = PAGE.read_text()
    assert weave(page, describe_kinds()) == page


def test_part_takes_the_place_of_the_one_before() -> None:
    """What stands around it stays."""
    page = f"a\n{BEGIN}\nold\n{END}\nb\n"
    assert weave(page, "new") == f"a\n{BEGIN}\n\nnew\n\n{END}\nb\n"


def test_page_without_marks_is_refused() -> None:
    """A part that has no place would be lost."""
    with pytest.raises(ValueError, match="the page lacks"):
        weave("a", "new")
