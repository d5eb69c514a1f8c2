"""YAML text -> plain data, with fewer rights than YAML gives.

Refuses what a person did not mean or what can hurt: texts over 1 MiB, aliases (which can explode), tags and merge
keys, keys that are no text, repeated keys (of which one would be lost), and anything but a mapping. A refusal
names line and column. It never repeats a value or a tag: what stands there may be a secret.
"""

import re
from typing import Any

import yaml

from schemas.model import Problem

LARGEST_BYTES = 2**20
"""Ten thousand static targets have some 500 kB."""

_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
_LONGEST_NAME = 80


class YamlError(Exception):
    """The text is no settings file; one problem."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem."""
        super().__init__(str(problem))
        self.problem = problem


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML with the refusals of this module."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases and tags."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs lack it
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        if event.tag is not None:
            what = "tags are not allowed (put quotes around text that begins with !)"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 the loader's signature
        """Refuse repeated keys and keys that are no text."""
        seen: set[str] = set()
        for key, _ in node.value:
            what = _judge_key(key, seen)
            if what:
                raise yaml.MarkedYAMLError(problem=what, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 the loader's signature
        """Refuse values that look like a date or a number and are none, such as 2026-13-45."""
        try:
            return super().construct_object(node, deep=deep)
        except ValueError:
            what = "looks like a date or a number and is none (put quotes around text)"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=node.start_mark) from None


def _judge_key(key: Any, seen: set[str]) -> str:
    """Say why a key is refused; empty when it is not."""
    if not isinstance(key, yaml.ScalarNode):
        return "a key must be text"
    if key.tag == _MERGE:
        return "merge keys are not allowed"
    if key.tag != _TEXT:
        return f"a key must be text (put quotes around {show_name(key.value)})"
    return f"the key {show_name(key.value)!r} stands twice" if key.value in seen else ""


def show_name(key: str) -> str:
    """Show a key, without what a person may have meant as its value.

    Example input: password:secret
    Example output: password…
    """
    name = re.split("[:=]", key, maxsplit=1)[0][:_LONGEST_NAME]
    return name if name == key else f"{name}…"


def read_yaml(text: str, source: str) -> dict[str, object]:
    """Read a mapping; an empty text is an empty one. Raises YamlError; `source` names the text in it."""
    if len(text.encode(errors="surrogatepass")) > LARGEST_BYTES:
        raise YamlError(Problem(source, f"larger than {LARGEST_BYTES} bytes"))
    try:
        data = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader with more refusals
    except RecursionError:
        raise YamlError(Problem(source, "nested too deeply")) from None
    except yaml.YAMLError as error:
        raise YamlError(_explain(error, source)) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise YamlError(Problem(source, f"must be a mapping of settings, not {type(data).__name__}"))
    return data


def _explain(error: yaml.YAMLError, source: str) -> Problem:
    """Name line and column of what is no YAML; both count from 1."""
    if isinstance(error, yaml.reader.ReaderError):
        return Problem(source, f"character {error.position + 1} may not stand in YAML")
    mark = getattr(error, "problem_mark", None)
    where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    return Problem(where, getattr(error, "problem", None) or "not YAML")
