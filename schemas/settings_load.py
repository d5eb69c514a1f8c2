"""YAML text -> settings, or everything that is wrong with it: the place, what, and the nearest known key.

Refuses what a person did not mean: unknown and repeated keys, files over a megabyte, anything but plain YAML. Values
are never quoted back (one of them may be a secret), keys are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from schemas.durations import format_duration
from schemas.model import Problem
from schemas.settings import Settings

_LONGEST_TEXT = 1_000_000
_LONGEST_QUOTE = 80


@dataclass
class SettingsError(Exception):
    """The settings cannot be used; one problem for each thing that is wrong."""

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        """Say one problem a line."""
        return "\n".join(str(problem) for problem in self.problems)


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML without aliases (which can explode) and without repeated keys (of which one would be lost)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]  # PyYAML's stubs lack it
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 the loader's signature
        """Refuse repeated keys."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                what = f"the key {key.value[:_LONGEST_QUOTE]!r} stands twice"
                raise yaml.MarkedYAMLError(problem=what, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load_settings(text: str, source: str) -> Settings:
    """Read settings; raise SettingsError with every problem. `source` names the file in them."""
    data = _read_yaml(text, source)
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        problems = tuple(_explain(item, source) for item in error.errors(include_input=False, include_url=False))
        raise SettingsError(problems) from None


def settings_for_targets(targets: Sequence[str], *, interval_seconds: float, data: str) -> Settings:
    """Give settings for `leakstream up --target`: everything embedded in the folder `data`, tickets as files in it.

    A target is HOST:PORT, which belongs to the service `go`, or SERVICE=HOST:PORT.
    """
    services: dict[str, list[str]] = {}
    for target in targets:
        service, separator, address = target.rpartition("=")
        services.setdefault(service if separator else "go", []).append(address)
    folder = PurePath(data)
    interval = format_duration(interval_seconds)
    raw = {
        "global": {"scrape_interval": interval, "scrape_timeout": format_duration(min(10.0, interval_seconds))},
        "scrape_configs": [
            {"job_name": service, "static_configs": [{"targets": found}]} for service, found in services.items()
        ],
        "log": {"sqlite": {"path": str(folder / "log.db")}},
        "store": {"embedded": {"path": str(folder / "store")}},
        "tickets": [{"file": {"path": str(folder / "tickets")}}],
    }
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        found_problems = error.errors(include_input=False, include_url=False)
        raise SettingsError(tuple(_explain(item, "--target") for item in found_problems)) from None


def _read_yaml(text: str, source: str) -> dict[str, object]:
    """Read a mapping; an empty file is an empty one."""
    if len(text) > _LONGEST_TEXT:
        raise SettingsError((Problem(source, f"longer than {_LONGEST_TEXT} characters"),))
    try:
        data = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader with two more refusals
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SettingsError((_explain_yaml(error, source),)) from None
    if data is None:
        return {}
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise SettingsError((Problem(source, f"must be a mapping of settings, not {type(data).__name__}"),))
    return data


def _explain_yaml(error: Exception, source: str) -> Problem:
    """Name line and column of what is no YAML."""
    mark = getattr(error, "problem_mark", None)
    where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    return Problem(where, getattr(error, "problem", None) or "not YAML")


def _explain(item: Any, source: str) -> Problem:
    """Turn one of pydantic's errors into a sentence with its place."""
    path = tuple(item["loc"])
    where = f"{source}: {format_path(path)}" if path else source
    if item["type"] != "extra_forbidden":
        return Problem(where, item["msg"].removeprefix("Value error, "))
    known = _keys_at(path[:-1])
    near = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"
    return Problem(where, f"unknown key; {hint}")


def format_path(path: Iterable[int | str]) -> str:
    """Write a place in the settings.

    Example input: ("scrape_configs", 0, "static_configs", 1, "labelz")
    Example output: scrape_configs[0].static_configs[1].labelz
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:_LONGEST_QUOTE]}" if text else part[:_LONGEST_QUOTE]
    return text


def _keys_at(path: Iterable[int | str]) -> list[str]:
    """Give the keys that may stand at a place."""
    model: type[BaseModel] = Settings
    for part in path:
        if isinstance(part, str):
            model = _model_of(model, part) or model
    return keys_of(model)


def keys_of(model: type[BaseModel]) -> list[str]:
    """Give the keys of a section as they stand in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Give the section under a key, None where there is none."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return find_model(field.annotation)
    return None


def find_model(annotation: Any) -> type[BaseModel] | None:
    """Find the section in a type: itself, optional, or in a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := find_model(part))), None)
