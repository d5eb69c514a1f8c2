"""Settings -> the page that describes them, from the fields themselves, so that it cannot drift."""

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.durations import format_duration
from schemas.settings import Settings
from schemas.settings_load import find_model

_HEAD = """# Settings

Made from `schemas/settings.py` by `make generate`.
Durations are written as in Prometheus (`15s`, `1h30m`), sizes as `16MiB`; unknown keys are refused with the
nearest known one.
`leakstream check config FILE` says what would be refused.
"""


def describe_settings() -> str:
    """Give the page as Markdown: a table for each section, in the order of the file."""
    return _HEAD + "".join(_describe(model, place) for place, model in _sections(Settings, ""))


def _sections(model: type[BaseModel], place: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Give each section with its place in the file."""
    yield place or "the file", model
    for name, field in model.model_fields.items():
        inner = find_model(field.annotation)
        if inner is not None:
            many = "[]" if "tuple" in str(field.annotation) else ""
            yield from _sections(inner, f"{place}.{field.alias or name}{many}".lstrip("."))


def _describe(model: type[BaseModel], place: str) -> str:
    """Give the table of one section."""
    rows = [
        f"| `{field.alias or name}` | {_default(name, field)} | {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]
    lines = ["", f"## {place}", "", model.__doc__ or "", "", "| key | default | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _default(name: str, field: FieldInfo) -> str:
    """Write a default as it would stand in the file."""
    if field.is_required():
        return "required"
    if field.default is PydanticUndefined or find_model(field.annotation) is not None:
        return "see below" if find_model(field.annotation) else "none"
    if field.default is None or field.default == ():
        return "none"
    if name.endswith("_seconds"):
        return f"`{format_duration(field.default)}`"
    if isinstance(field.default, dict):
        return "`" + ", ".join(f"{key}: {list(values)}" for key, values in field.default.items()) + "`"
    return f"`{field.default}`"
