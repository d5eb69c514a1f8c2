"""`leakstream migrate`: brings the store's schema up to date, or shows what would be done."""

from contextlib import closing
from pathlib import Path

import click

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded, open_server
from leakstream.adapters.clock import SystemClock
from leakstream.client import DATABASE
from leakstream.commands.options import UserError, config_option, output_option, paste
from leakstream.commands.settings_file import read_settings
from leakstream.migrate import migrate
from leakstream.output import json_line
from processors.plain_text import plain
from schemas.ports import StoreRefusedError, StoreUnavailableError
from schemas.settings import Settings
from schemas.store.render import SchemaError


@click.command(epilog=paste("leakstream migrate --config leakstream.yml --dry-run"))
@config_option
@click.option("--dry-run", is_flag=True, help="print the statements and change nothing")
@output_option
def main(*, config: Path, dry_run: bool, output: str) -> int:
    """Bring the schema of the store up to date, and print the statements.

    `leakstream up` and `leakstream process` do the same when they start. An embedded store must not be in use.
    """
    settings = read_settings(config)
    server = settings.store.clickhouse
    database, cluster = (server.database, server.cluster) if server else (DATABASE, "")
    try:
        with closing(_open(settings)) as store:
            statements = migrate(store, database, now=SystemClock().now(), dry_run=dry_run, cluster=cluster)
    except (StoreUnavailableError, StoreRefusedError, SchemaError) as error:
        raise UserError(plain(str(error))) from error
    for statement in statements:
        click.echo(
            json_line({"statement": statement, "applied": not dry_run}) if output == "json" else f"{statement};\n"
        )
    done = "would be run" if dry_run else "were run"
    click.echo(f"{len(statements)} statements {done}" if statements else "the schema is up to date", err=True)
    return 0


def _open(settings: Settings) -> ClickhouseStore:
    """Open the store that the settings name."""
    server, embedded = settings.store.clickhouse, settings.store.embedded
    if server is not None:
        return open_server(server.url, server.user, server.read_password(), server.database, server.cluster)
    if embedded is None:
        raise AssertionError("settings name exactly one store")
    return open_embedded(Path(embedded.path), DATABASE)
