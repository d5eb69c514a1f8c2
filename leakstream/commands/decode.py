"""`leakstream decode`: what we see in a profile, offline."""

from collections.abc import Sequence

import click

from leakstream.commands.options import output_option, paste
from leakstream.output import Column, json_line, table
from leakstream.profile_files import Seen, SeenStack, read_profiles
from processors.plain_text import plain

_COLUMNS = (
    Column("COUNT", "count", number=True),
    Column("SHARE", "share", number=True),
    Column("FINGERPRINT", "fingerprint"),
    Column("OPERATION", "operation"),
    Column("SITE", "site"),
)
_WAIT = Column("WAITS UP TO", "wait", number=True)


@click.command(epilog=paste("leakstream decode --output json goroutine.pb.gz"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--stacks", "whole", is_flag=True, help="every stack whole; > marks where the service's own code begins")
@output_option
def main(files: tuple[str, ...], *, whole: bool, output: str) -> int:
    """Show the stacks in goroutine profiles, largest count first.

    FILE is a goroutine profile as Go serves it (debug=0, 1 or 2, goroutineleak), gzip or not; `-` reads stdin, an
    address such as http://10.0.0.7:6060 takes the profile of a running program. Equal stacks of several files are
    added up; goroutines of which Go gives no stack are one entry without functions. What could not be read is told on
    stderr, one line each; the exit code is 1 only when nothing could be read.
    """
    seen = read_profiles(files)
    tell_problems(seen)
    if output == "json":
        for stack in seen.stacks:
            click.echo(json_line(stack.as_row()))
    elif whole:
        for stack in seen.stacks:
            click.echo(describe(stack))
    elif seen.stacks:
        click.echo(tabulate(seen.stacks))
    return 0 if seen.readable else 1


def tabulate(stacks: Sequence[SeenStack]) -> str:
    """Give a line for each stack: how many goroutines, their share of all, what they wait on and where."""
    total = sum(stack.count for stack in stacks)
    rows = [
        {
            **stack.as_row(),
            "share": f"{100 * stack.count / total:.1f} %" if total else "-",
            "wait": f"{stack.wait_minutes} min" if stack.wait_minutes is not None else "",
        }
        for stack in stacks
    ]
    timed = any(stack.wait_minutes is not None for stack in stacks)
    return table((*_COLUMNS, *((_WAIT,) if timed else ())), rows)


def tell_problems(seen: Seen) -> None:
    """Print every problem on a line of its own, on stderr."""
    for problem in seen.problems:
        click.echo(plain(problem), err=True)


def describe(stack: SeenStack) -> str:
    """Give one stack as a block of lines, the innermost function first; `>` marks the first one of own code."""
    facts = [f"{stack.count:,}", str(stack.fingerprint), plain(stack.fingerprint.operation)]
    if stack.wait_minutes is not None:
        facts.append(f"for up to {stack.wait_minutes} minutes")
    lines = ["  ".join(facts)]
    own = stack.fingerprint.own
    lines += [f"{'  > ' if row == own else '    '}{plain(frame)}" for row, frame in enumerate(stack.fingerprint.frames)]
    if stack.created_by:
        lines.append(f"    created by {plain(stack.created_by)}")
    lines += [f"    label {plain(key)}={plain(value)}" for key, value in sorted(stack.labels.items())]
    return "\n".join((*lines, ""))
