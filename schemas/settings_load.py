"""YAML text -> settings, or everything that is wrong with it: the place, what, and the nearest known key.

Every problem is told at once, one line each; only conflicts between settings that are each fine are told after the
rest is mended. Values that may be secret are never quoted back, keys are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from schemas.durations import format_duration
from schemas.model import Problem
from schemas.settings import Place, Settings, SettingsConflictError, split_address
from schemas.settings_yaml import YamlError, read_yaml, show_name

M = TypeVar("M", bound=BaseModel)

_DEFAULT_SERVICE = "go"
_LONGEST_TIMEOUT_SECONDS = 10.0
_NOT_IN_A_SERVICE = frozenset(":/@?#")
_SENTENCES = {
    "missing": "is required",
    "model_type": "must be a mapping of settings",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
    "string_type": "must be text (put quotes around it)",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
}
"""Pydantic's errors in the words of a person who writes YAML; the others are said as pydantic says them."""


@dataclass(eq=False)
class SettingsError(Exception):
    """The settings cannot be used; one problem for each thing that is wrong, never none."""

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        """Say one problem a line."""
        return "\n".join(str(problem) for problem in self.problems)


def load_settings(text: str, source: str) -> Settings:
    """Read settings; raise SettingsError with every problem. `source` names the file in them."""
    try:
        data = read_yaml(text, source)
    except YamlError as error:
        raise SettingsError((error.problem,)) from None
    return validate(Settings, data, source)


def settings_for_targets(
    targets: Sequence[str], *, interval_seconds: float, data: str, listen: str | None = None, web: str | None = None
) -> Settings:
    """Give settings for `leakstream up --target`: everything embedded in the folder `data`, tickets as files in it.

    `listen` is where the store answers, `web` where health and metrics are; else both are where the defaults say.

    A target is HOST:PORT, which belongs to the service `go`, or SERVICE=HOST:PORT; there is one job for each service,
    in the order in which they are named first. Raises SettingsError with a problem for each target that is none.
    """
    services = _group_targets(targets)
    folder = PurePath(data)
    timeout_seconds = min(_LONGEST_TIMEOUT_SECONDS, interval_seconds)
    raw = {
        "global": {
            "scrape_interval": format_duration(interval_seconds),
            "scrape_timeout": format_duration(timeout_seconds),
        },
        "scrape_configs": [
            {"job_name": service, "static_configs": [{"targets": found}]} for service, found in services.items()
        ],
        "log": {"sqlite": {"path": str(folder / "log.db")}},
        "store": {"embedded": {"path": str(folder / "store"), **_listen_at(listen)}},
        "web": _listen_at(web),
        "tickets": [{"file": {"path": str(folder / "tickets")}}],
    }
    return validate(Settings, raw, "command line")


def _listen_at(address: str | None) -> Mapping[str, str]:
    """Give the key for an address, none when it stays the default."""
    return {} if address is None else {"listen_address": address}


def _group_targets(targets: Iterable[str]) -> dict[str, list[str]]:
    """Give the addresses of each service; SettingsError names every target that is none."""
    services: dict[str, list[str]] = {}
    problems = []
    for target in targets:
        try:
            service, address = split_target(target)
        except ValueError as error:
            problems.append(Problem("--target", str(error)))
        else:
            services.setdefault(service, []).append(address)
    if problems:
        raise SettingsError(tuple(problems))
    return services


def split_target(text: str) -> tuple[str, str]:
    """Give service and address of a target of the command line; ValueError says why it is none.

    Example input: checkout=127.0.0.1:6060
    Example output: ("checkout", "127.0.0.1:6060")
    """
    name, separator, rest = text.partition("=")
    service, address = (name, rest) if separator and not _NOT_IN_A_SERVICE & set(name) else (_DEFAULT_SERVICE, text)
    if not service.strip():
        raise ValueError("no service stands before the =")
    split_address(address)
    return service, address


def validate(model: type[M], data: Mapping[str, object], source: str) -> M:
    """Make a model of plain data that has the keys of its file; raise SettingsError with every problem."""
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        items = error.errors(include_input=False, include_url=False)
        raise SettingsError(tuple(problem for item in items for problem in _explain(item, source, model))) from None


def _explain(item: Any, source: str, root: type[BaseModel]) -> Iterator[Problem]:
    """Turn one of pydantic's errors into sentences with their places."""
    path = tuple(item["loc"][:-1] if item["loc"][-1:] == ("[key]",) else item["loc"])
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, SettingsConflictError):
        for place, sentence in cause.conflicts:
            yield Problem(_where(place, source), sentence)
    elif item["type"] == "extra_forbidden":
        yield Problem(_where(path, source), f"unknown key; {_hint(str(path[-1]), _keys_at(path[:-1], root))}")
    else:
        sentence = _SENTENCES.get(item["type"]) or item["msg"].removeprefix("Value error, ")
        yield Problem(_where(path, source), sentence)


def _hint(key: str, known: list[str]) -> str:
    """Name the nearest known key, or all of them when none is near."""
    name, separator, _ = key.partition(":")
    if separator and name in known:
        return f"write a space after {name}:"
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"


def _where(path: Place, source: str) -> str:
    """Put file and place together."""
    return f"{source}: {format_path(path)}" if path else source


def format_path(path: Iterable[int | str]) -> str:
    """Write a place in the settings.

    Example input: ("scrape_configs", 0, "static_configs", 1, "labelz")
    Example output: scrape_configs[0].static_configs[1].labelz
    """
    text = ""
    for part in path:
        name = f"[{part}]" if isinstance(part, int) else show_name(part)
        text += f".{name}" if text and isinstance(part, str) else name
    return text


def _keys_at(path: Iterable[int | str], root: type[BaseModel]) -> list[str]:
    """Give the keys that may stand at a place of the file that `root` describes."""
    model = root
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
