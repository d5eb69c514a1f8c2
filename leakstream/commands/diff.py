"""`leakstream diff`: which fingerprints grew between two profiles, across builds and Go versions."""

from collections.abc import Iterator

import click

from leakstream.commands.decode import tell_problems
from leakstream.commands.options import output_option, paste
from leakstream.output import Column, json_line, table
from leakstream.profile_files import SeenStack, read_profiles

_COLUMNS = (
    Column("GREW", "grew", number=True),
    Column("BEFORE", "before", number=True),
    Column("AFTER", "after", number=True),
    Column("FINGERPRINT", "fingerprint"),
    Column("OPERATION", "operation"),
    Column("SITE", "site"),
)


@click.command(epilog=paste("leakstream diff before.pb.gz after.pb.gz"))
@click.argument("before")
@click.argument("after")
@click.option("--all", "everything", is_flag=True, help="also stacks that shrank or stayed")
@output_option
def main(before: str, after: str, *, everything: bool, output: str) -> int:
    """Show which stacks grew from BEFORE to AFTER, the fastest first.

    Both are goroutine profiles as Go serves them: files, `-` for stdin, or the addresses of running programs. They may
    come from different builds, instances, formats and versions of Go: stacks are compared by fingerprint.
    """
    if before == after == "-":
        raise click.UsageError("only one of the two can come from stdin")
    first, second = read_profiles([before]), read_profiles([after])
    for seen in (first, second):
        tell_problems(seen)
    if not (first.readable and second.readable):
        return 1
    rows = [row for row in compare(first.stacks, second.stacks) if everything or _grew(row) > 0]
    if output == "json":
        for row in rows:
            click.echo(json_line(row))
    elif rows:
        click.echo(table(_COLUMNS, rows))
    else:
        click.echo("nothing grew", err=True)
    return 0


def compare(before: tuple[SeenStack, ...], after: tuple[SeenStack, ...]) -> Iterator[dict[str, object]]:
    """Give a row for each fingerprint of either side, most growth first, ties by fingerprint.

    Goroutines without a stack are left out: they are others in each profile, and nothing could be done about them.
    """
    names = {seen.fingerprint for seen in (*before, *after) if seen.fingerprint.frames}
    counts = [{seen.fingerprint: seen.count for seen in side} for side in (before, after)]
    pairs = [(name, counts[0].get(name, 0), counts[1].get(name, 0)) for name in names]
    for name, old, new in sorted(pairs, key=lambda pair: (pair[1] - pair[2], pair[0].value)):
        yield {
            "fingerprint": str(name),
            "before": old,
            "after": new,
            "grew": new - old,
            "operation": name.operation,
            "site": name.site,
            "origin": name.origin,
            "frames": list(name.frames),
        }


def _grew(row: dict[str, object]) -> int:
    """Read the growth of a row."""
    return int(str(row["grew"]))
