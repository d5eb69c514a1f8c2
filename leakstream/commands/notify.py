"""`leakstream notify`: one role, until it is told to stop."""

from pathlib import Path

import click

from leakstream.commands.options import config_option, paste
from leakstream.commands.settings_file import read_settings
from leakstream.up import run_notify


@click.command(epilog=paste("leakstream notify --config leakstream.yml"))
@config_option
def main(config: Path) -> int:
    """Open, update and close tickets.

    Every change of a leak goes to every place under `tickets` in the settings; a place that is away gets it later.
    Ctrl-C or SIGTERM ends it after what is under way; a second one ends it at once.
    """
    return run_notify(read_settings(config))
