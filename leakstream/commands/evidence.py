"""`leakstream evidence`: the raw profiles that were taken as evidence, as files."""

import base64
import binascii
import re
from datetime import datetime
from pathlib import Path

import click

from leakstream.client import Rows
from leakstream.commands.asking import asking, find_place
from leakstream.commands.options import FingerprintType, UserError, output_option, paste, service_option, store_options
from leakstream.output import json_line
from processors.plain_text import plain
from schemas.model import Kind, format_fingerprint

_PROFILES = 20
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_ENDINGS = {Kind.TEXT.value: "goroutine.txt.gz", Kind.LEAK.value: "goroutineleak.pb.gz", Kind.HEAP.value: "heap.txt.gz"}


@click.command(epilog=paste("leakstream evidence g1-0123456789abcdef --output-dir evidence"))
@click.argument("fingerprint", type=FingerprintType(), metavar="g1-...")
@click.option(
    "--output-dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("evidence"),
    show_default=True,
    help="where the files go; made when missing",
)
@service_option
@store_options
@output_option
def main(  # noqa: PLR0913 one parameter an option
    *, fingerprint: int, folder: Path, service: str, store_url: str | None, config: Path | None, output: str
) -> int:
    """Write the profiles that were taken as evidence of a fingerprint into a folder, the newest twenty.

    Dumps (debug=2) are text in gzip, for `zless` and `leakstream decode`, goroutineleak and heap profiles are for
    `go tool pprof`. Each file that was written is named on stdout.
    """
    place = find_place(store_url, config)
    with asking(place) as reader:
        rows = reader.evidence_profiles(fingerprint, service, _PROFILES)
    if not rows:
        raise UserError(f"no profile is kept as evidence of {format_fingerprint(fingerprint)}")
    try:
        written = write_profiles(rows, folder)
    except (OSError, binascii.Error) as error:
        raise UserError(f"{folder}: {error}") from error
    for path, row in zip(written, rows, strict=True):
        shown = {"file": str(path), **{key: row[key] for key in ("service", "instance", "kind", "taken_at")}}
        click.echo(json_line(shown) if output == "json" else plain(str(path)))
    return 0


def write_profiles(rows: Rows, folder: Path) -> tuple[Path, ...]:
    """Write each profile into a file of its own; one that is there already is replaced by the same."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for row in rows:
        path = folder / name_file(row["service"], row["instance"], row["taken_at"], row["kind"])
        path.write_bytes(base64.b64decode(str(row["profile"]), validate=True))
        written.append(path)
    return tuple(written)


def name_file(service: object, instance: object, taken_at: object, kind: object) -> str:
    """Name the file of a profile by what it is; what could lead out of the folder becomes a dash.

    Example input: checkout, 10.0.0.7:6060, 2026-11-01T00:10:00Z, goroutineleak
    Example output: checkout_10.0.0.7-6060_20261101T001000Z.goroutineleak.pb.gz
    """
    when = taken_at.strftime("%Y%m%dT%H%M%SZ") if isinstance(taken_at, datetime) else "unknown"
    parts = (_UNSAFE.sub("-", str(part)).strip(".-") or "-" for part in (service, instance))
    return f"{'_'.join((*parts, when))}.{_ENDINGS.get(str(kind), 'profile.gz')}"
