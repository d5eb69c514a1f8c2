"""`leakstream migrate`: brings the store's schema up to date, or shows what would be done."""

from contextlib import closing
from pathlib import Path

import click

from leakstream.adapters.clock import SystemClock
from leakstream.commands.options import UserError, config_option, output_option, paste
from leakstream.commands.settings_file import read_settings
from leakstream.output import json_line
from leakstream.wiring import open_store_as_is, update_store
from processors.plain_text import plain
from schemas.ports import StoreRefusedError, StoreUnavailableError
from schemas.store.render import SchemaError


@click.command(epilog=paste("leakstream migrate --config leakstream.yml --dry-run"))
@config_option
@click.option("--dry-run", is_flag=True, help="print the statements and change nothing")
@output_option
def main(*, config: Path, dry_run: bool, output: str) -> int:
    """Bring the schema of the store, and how long it keeps rows, up to date; print the statements.

    `leakstream up` and `leakstream process` do the same when they start. An embedded store must not be in use.
    """
    settings = read_settings(config)
    try:
        with closing(open_store_as_is(settings)) as store:
            statements = update_store(store, settings, SystemClock().now(), dry_run=dry_run)
    except (StoreUnavailableError, StoreRefusedError, SchemaError) as error:
        raise UserError(plain(str(error))) from error
    for statement in statements:
        click.echo(
            json_line({"statement": statement, "applied": not dry_run}) if output == "json" else f"{statement};\n"
        )
    done = "would be run" if dry_run else "were run"
    click.echo(f"{len(statements)} statements {done}" if statements else "the schema is up to date", err=True)
    return 0
