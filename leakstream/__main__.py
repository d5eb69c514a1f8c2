"""`leakstream` and `python -m leakstream`: opens the house, runs one command, and turns its end into an exit code.

0 done, 1 failed, 2 wrong usage or settings, 130 interrupted. What a person did wrong is told in a sentence, never as a
traceback.
"""

import importlib
import sys
from collections.abc import Sequence

import click

from leakstream.house import open_house

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code."""
    open_house()
    group: click.Group = importlib.import_module("leakstream.cli").main  # only an open house has what it imports
    try:
        result = group.main(list(arguments), prog_name="leakstream", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except OSError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
