"""`leakstream version`: which version this is."""

import platform

import click

from leakstream import __version__
from leakstream.commands.options import output_option, paste
from leakstream.output import json_line
from schemas.model import FINGERPRINT_PREFIX


@click.command(epilog=paste("leakstream version --output json"))
@output_option
def main(output: str) -> int:
    """Say which version this is, on which Python, and which algorithm makes the fingerprints."""
    algorithm = FINGERPRINT_PREFIX.rstrip("-")
    row = {"version": __version__, "python": platform.python_version(), "fingerprints": algorithm}
    text = f"leakstream {__version__} (Python {row['python']}, fingerprints {algorithm})"
    click.echo(json_line(row) if output == "json" else text)
    return 0
