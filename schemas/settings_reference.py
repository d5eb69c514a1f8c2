"""Settings -> the page that describes them, from the fields themselves, so that it cannot drift."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.durations import format_duration, format_size
from schemas.settings import Settings
from schemas.settings_load import find_model

_HEAD = """# Settings

Made from `schemas/settings.py` by `make generate`.
Durations are written as in Prometheus (`15s`, `1h30m`, `500ms`), sizes as `16MiB` (1024s) or `16MB` (1000s); unknown
keys are refused with the nearest known one.
`leakstream check config FILE` says what would be refused.
"""
_KINDS = {
    AwareDatetime: "time",
    bool: "true or false",
    str: "text",
    int: "whole number",
    float: "number",
    SecretStr: "secret",
}


def describe_settings() -> str:
    """Give the page as Markdown: a table for each section, in the order of the file."""
    return _HEAD + "".join(_describe(model, place) for place, model in _sections(Settings, ""))


def _sections(model: type[BaseModel], place: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Give each section with its place in the file."""
    yield place or "the file", model
    for name, field in model.model_fields.items():
        inner = find_model(field.annotation)
        if inner is not None:
            many = "[]" if _is_list(field.annotation) else ""
            yield from _sections(inner, f"{place}.{field.alias or name}{many}".lstrip("."))


def _describe(model: type[BaseModel], place: str) -> str:
    """Give the table of one section."""
    rows = [
        f"| `{field.alias or name}` | {_kind(name, field)} | {_default(name, field)} | {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]
    table = ["| key | kind | default | meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join(["", f"## {place}", "", model.__doc__ or "", "", *table])


def _kind(name: str, field: FieldInfo) -> str:
    """Say what is written there; the unit stands in the name of the field."""
    if name.endswith("_seconds"):
        return "duration"
    if name.endswith("_bytes"):
        return "size"
    return _kind_of(field.annotation)


def _kind_of(annotation: Any) -> str:
    """Name a type in the words of a person who writes YAML."""
    parts = [part for part in get_args(annotation) if part not in (type(None), ...)]
    if find_model(annotation) is not None:
        return "list of sections" if _is_list(annotation) else "section"
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if get_origin(annotation) is dict:
        return f"mapping to {_kind_of(parts[1])}"
    if _is_list(annotation):
        return f"list of {_kind_of(parts[0])}"
    return _KINDS[annotation] if annotation in _KINDS else _kind_of(parts[0])


def _is_list(annotation: Any) -> bool:
    """Say whether several stand there."""
    return get_origin(annotation) is tuple


def _default(name: str, field: FieldInfo) -> str:
    """Write a default as it would stand in the file."""
    if field.is_required():
        return "required"
    if field.default is PydanticUndefined:
        return "see below" if find_model(field.annotation) is not None else "none"
    if field.default is None or field.default in ((), ""):
        return "none"
    return f"`{_write(name, field.default)}`"


def _write(name: str, value: Any) -> str:
    """Write a value as it would stand in the file; the unit stands in the name of the field."""
    if name.endswith("_seconds"):
        return format_duration(value)
    if name.endswith("_bytes"):
        return format_size(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {list(values)}" for key, values in value.items())
    return str(value)
