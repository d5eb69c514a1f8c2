"""What is refused before anybody looks at the settings: YAML that a person did not mean or that can hurt."""

import pytest

from schemas.settings_yaml import LARGEST_BYTES, YamlError, read_yaml

BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
TAG = "tags are not allowed (put quotes around text that begins with !)"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("log: {}\nlog: {}", "f.yml:2:1: the key 'log' stands twice"),
        ("log:\n  a: 1\n  b: 2\n  a: 3", "f.yml:4:3: the key 'a' stands twice"),
        (BOMB, "f.yml:2:8: aliases are not allowed"),
        ("a: !!bool x", f"f.yml:1:4: {TAG}"),
        ("a: !!python/object/apply:os.system [ls]", f"f.yml:1:4: {TAG}"),
        ("log: {<<: {a: 1, a: 2}}", "f.yml:1:7: merge keys are not allowed"),
        ("? [a]\n: b", "f.yml:1:3: a key must be text"),
        ("{url: x, {a: b}}", "f.yml:1:10: a key must be text"),
        ("1: 2", "f.yml:1:1: a key must be text (put quotes around 1)"),
        ("a: {yes: 2}", "f.yml:1:5: a key must be text (put quotes around yes)"),
        ("a: 2026-13-45", "f.yml:1:4: looks like a date or a number and is none (put quotes around text)"),
        ("a: " + "9" * 5000, "f.yml:1:4: looks like a date or a number and is none (put quotes around text)"),
        ("a: 1\n---\nb: 2", "f.yml:2:1: but found another document"),
        ("a: [", "f.yml:1:5: expected the node content, but found '<stream end>'"),
        ("a: \x00", "f.yml: character 4 may not stand in YAML"),
        ("[1, 2]", "f.yml: must be a mapping of settings, not list"),
        ("a", "f.yml: must be a mapping of settings, not str"),
        ("- " * 10_000, "f.yml: nested too deeply"),
        ("#" * (LARGEST_BYTES + 1), "f.yml: larger than 1048576 bytes"),
        ("é" * LARGEST_BYTES, "f.yml: larger than 1048576 bytes"),
    ],
)
def test_text_that_is_no_plain_mapping_is_refused(text: str, line: str) -> None:
    """Line and column, and what."""
    with pytest.raises(YamlError) as refused:
        read_yaml(text, "f.yml")
    assert str(refused.value) == line


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff", "#" * LARGEST_BYTES])
def test_empty_text_is_an_empty_mapping(text: str) -> None:
    """Also one of comments, and one of exactly the largest size."""
    assert read_yaml(text, "f.yml") == {}


def test_plain_yaml_is_read() -> None:
    """The usual forms."""
    assert read_yaml("a: {b: [1, 'x', 1.5, yes]}\n\"on\": ~\n", "f.yml") == {
        "a": {"b": [1, "x", 1.5, True]},
        "on": None,
    }
