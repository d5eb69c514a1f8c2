"""`leakstream collect`: one role, until it is told to stop."""

from pathlib import Path

import click

from leakstream.commands.options import config_option, paste
from leakstream.commands.settings_file import read_settings
from leakstream.up import run_collect


@click.command(epilog=paste("leakstream collect --config leakstream.yml"))
@config_option
def main(config: Path) -> int:
    """Scrape targets into the log.

    It needs the log and the targets, not the store, so one may stand in every zone. Ctrl-C or SIGTERM ends it after
    what is under way; a second one ends it at once.
    """
    return run_collect(read_settings(config))
