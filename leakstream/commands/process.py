"""`leakstream process`: one role, until it is told to stop."""

from pathlib import Path

import click

from leakstream.commands.options import config_option, paste
from leakstream.commands.settings_file import read_settings
from leakstream.up import run_process


@click.command(epilog=paste("leakstream process --config leakstream.yml"))
@config_option
def main(config: Path) -> int:
    """Turn profiles from the log into counts, growth and anomalies.

    Several of these share the partitions of the log. Ctrl-C or SIGTERM ends it after
    what is under way; a second one ends it at once.
    """
    return run_process(read_settings(config))
