"""What the fields of settings are made of: durations, sizes, addresses, and the model they all share.

Each reader turns what stands in the file into a value or raises ValueError with one sentence. An address is quoted
without what may be a secret in it (a user, a query).
"""

import math
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

from schemas.durations import parse_duration, parse_size

_TARGET = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_URL = re.compile(r"https?://[^@/?#\s]+/?")
_PATH = re.compile(r"/[^?#\s]*")
_SECRET_URL = re.compile(r"https?://[^/?#\s]\S*")
_HIGHEST_PORT = 65_535
_LONGEST_QUOTE = 100


class SettingsModel(BaseModel):
    """What all settings share: frozen, unknown keys refused, values kept out of errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True, allow_inf_nan=False
    )


def _seconds(value: object) -> object:
    """Read a duration; a bare number has no unit and is refused, as is `yes`, which YAML reads as true."""
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"not a duration: {str(value).lower()} (write 15s, 1h30m or 500ms)")
    if isinstance(value, int | float) and value != 0:
        raise ValueError(f"{value} has no unit (write {value}s)")
    return value


def _bytes(value: object) -> object:
    """Read a size; a bare number is bytes."""
    if isinstance(value, bool):
        raise ValueError(f"not a size: {str(value).lower()} (write 16MiB or 512KB)")  # noqa: TRY004 pydantic reads ValueError
    return parse_size(value) if isinstance(value, str) else value


def split_address(text: str) -> tuple[str, int]:
    """Split host:port; ValueError says why it is none."""
    match = _TARGET.fullmatch(text)
    if match is None:
        quote = quote_address(text)
        raise ValueError(f"not host:port: {quote} (no scheme, path, user or space may stand here)")
    if not 0 < int(match["port"]) <= _HIGHEST_PORT:
        raise ValueError(f"not a port: {text[:_LONGEST_QUOTE]!r}")
    return match["host"].strip("[]"), int(match["port"])


def quote_address(text: str) -> str:
    """Quote what stands where an address should, without a user and without a query.

    Example input: http://user:secret@shop:6060/x?token=secret
    Example output: '…@shop:6060/x…'
    """
    user, sign, rest = text.rpartition("@")
    shown = re.split(r"[?#]", rest, maxsplit=1)
    return repr((f"…{sign}" if user or sign else "") + shown[0][:_LONGEST_QUOTE] + ("…" if len(shown) > 1 else ""))


def _address(text: str) -> str:
    """Let host:port through."""
    split_address(text)
    return text


def _label_name(name: str) -> str:
    """Let the name of a label through; old servers refuse other characters."""
    if not _LABEL.fullmatch(name):
        raise ValueError(f"not a label name: {name[:_LONGEST_QUOTE]!r} (letters, digits and _; no digit first)")
    return name


def _job_name(name: str) -> str:
    """Let the name of a job through."""
    if not name.strip():
        raise ValueError("must not be empty")
    return name


def _url_path(path: str) -> str:
    """Let the path of an URL through; what follows a ? belongs into `params`."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"must begin with / and hold no ?, # or space: {path[:_LONGEST_QUOTE]!r}")
    return path


def _listed_file(file: str) -> str:
    """Let the path of a list of targets through."""
    if not file.endswith((".json", ".yml", ".yaml")):
        raise ValueError(f"must end in .json, .yml or .yaml: {file[:_LONGEST_QUOTE]!r}")
    return file


def _some_files(files: tuple[str, ...]) -> tuple[str, ...]:
    """Let a list of files through that has one at least."""
    if not files:
        raise ValueError("must not be empty")
    return files


def _server_url(url: str) -> str:
    """Let the address of a server through; it is not quoted, somebody may have put the password into it."""
    if not _URL.fullmatch(url):
        raise ValueError("must be http://HOST:PORT or https://HOST:PORT, without user, path or query")
    return url


def _secret_url(url: SecretStr) -> SecretStr:
    """Let an address that is a secret through; it is never quoted."""
    if not _SECRET_URL.fullmatch(url.get_secret_value()):
        raise ValueError("must start with http:// or https:// and hold no space")
    return url


Seconds = Annotated[float, BeforeValidator(_seconds)]
Bytes = Annotated[int, BeforeValidator(_bytes)]
Address = Annotated[str, AfterValidator(_address)]
LabelName = Annotated[str, AfterValidator(_label_name)]
JobName = Annotated[str, AfterValidator(_job_name)]
UrlPath = Annotated[str, AfterValidator(_url_path)]
ListedFile = Annotated[str, AfterValidator(_listed_file)]
ListedFiles = Annotated[tuple[ListedFile, ...], AfterValidator(_some_files)]
ServerUrl = Annotated[str, AfterValidator(_server_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]
