"""`leakstream decode`: what we see in a profile, offline."""

import click

from leakstream.commands.options import output_option, paste
from leakstream.output import json_line
from leakstream.profile_files import Seen, SeenStack, read_profiles
from processors.plain_text import plain


@click.command(epilog=paste("leakstream decode --output json goroutine.pb.gz"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@output_option
def main(files: tuple[str, ...], output: str) -> int:
    """Show the stacks in goroutine profiles, largest count first.

    FILE is a goroutine profile as Go serves it, gzip or not; `-` reads stdin. Equal stacks of several files are added
    up; goroutines of which Go gives no stack are one entry without functions. What could not be read is told on
    stderr, one line each; the exit code is 1 only when nothing could be read.
    """
    seen = read_profiles(files)
    tell_problems(seen)
    for stack in seen.stacks:
        click.echo(json_line(stack.as_row()) if output == "json" else describe(stack))
    return 0 if seen.readable else 1


def tell_problems(seen: Seen) -> None:
    """Print every problem on a line of its own, on stderr."""
    for problem in seen.problems:
        click.echo(plain(problem), err=True)


def describe(stack: SeenStack) -> str:
    """Give one stack as a block of lines, the innermost function first."""
    facts = [f"{stack.count:,}", str(stack.fingerprint), plain(stack.fingerprint.operation)]
    if stack.wait_minutes is not None:
        facts.append(f"for up to {stack.wait_minutes} minutes")
    lines = ["  ".join(facts)]
    lines += [f"    {plain(frame)}" for frame in stack.fingerprint.frames]
    if stack.created_by:
        lines.append(f"    created by {plain(stack.created_by)}")
    lines += [f"    label {plain(key)}={plain(value)}" for key, value in sorted(stack.labels.items())]
    return "\n".join((*lines, ""))
