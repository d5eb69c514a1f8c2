"""The manual of the commands, written from the commands themselves: `docs/reference/commands.md`."""

from collections.abc import Iterator
from inspect import cleandoc

import click

from leakstream.cli import main

_HEAD = """# Commands

This file is generated from the commands; edit them instead.

Results go to stdout, talk goes to stderr.
`--output json` gives one object a line.
Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.
"""


def describe_commands() -> str:
    """Give the manual as Markdown, every command with its usage, options and a line to paste; no dates in it."""
    return "\n".join((_HEAD, *(_describe(context) for context in walk_commands())))


def walk_commands() -> Iterator[click.Context]:
    """Give a context for every command, the whole program first, each group before its members."""
    yield from _walk(click.Context(main, info_name="leakstream"))


def _walk(context: click.Context) -> Iterator[click.Context]:
    """Give a command and what is below it."""
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is not None:
                yield from _walk(click.Context(command, info_name=name, parent=context))


def _describe(context: click.Context) -> str:
    """Give the section of one command."""
    command = context.command
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    parts = [f"## {context.command_path}", cleandoc(command.help or ""), f"```\n{usage}\n```"]
    options = [_describe_option(option, context) for option in command.params if isinstance(option, click.Option)]
    if options:
        parts.append("\n".join(("| option | what it does |", "|---|---|", *options)))
    parts.append("\n".join(("```sh", *example_lines(command), "```")))
    return "\n\n".join(parts) + "\n"


def _describe_option(option: click.Option, context: click.Context) -> str:
    """Give one row of the table of options."""
    names, text = option.get_help_record(context) or (", ".join(option.opts), "")
    return f"| `{_in_cell(names)}` | {_in_cell(text)} |"


def _in_cell(text: str) -> str:
    """Keep a bar from ending the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def example_lines(command: click.Command) -> list[str]:
    """Give the lines to paste that end the help of a command."""
    return [line.strip() for line in (command.epilog or "").splitlines() if line.strip().startswith("leakstream ")]
