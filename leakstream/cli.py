"""The commands, by name. A command's file is read when the command is asked for, so `decode` never loads the engine."""

import importlib

import click

from leakstream import __version__
from leakstream.commands.options import paste

COMMANDS = {
    "up": "Find leaks: everything in one process, nothing else needed.",
    "top": "Show what grows, worst first, across the fleet.",
    "explain": "Answer the twelve questions that people ask of a leak.",
    "evidence": "Write the profiles that were taken as evidence of a fingerprint into a folder.",
    "verdict": "Say that a stack is a leak, or that it is benign.",
    "status": "Show targets, freshness, lag, and what was left out and why.",
    "decode": "Show the stacks in goroutine profiles, offline.",
    "diff": "Show which stacks grew between two profiles, offline.",
    "replay": "Take recorded profiles through the whole pipeline, offline.",
    "test": "Play scenarios that you wrote, and say whether what must happen happens.",
    "backtest": "Judge what the store holds under other settings, and hold both against people's verdicts.",
    "collect": "Scrape targets into the log.",
    "process": "Turn profiles from the log into counts, growth and anomalies.",
    "notify": "Open, update and close tickets.",
    "migrate": "Bring the schema of the store up to date.",
    "topics": "Show or make the difference between the topics wished for and those of the broker.",
    "dead-letters": "Show what could not be processed, why, and send it again.",
    "check": "Say what would be refused, before it runs.",
    "version": "Say which version this is.",
}
"""Name -> what it does, in the order in which a person meets them; each is `main` in `commands/<name>.py`."""


class Commands(click.Group):
    """A group that imports a command when it is asked for; what a command returns is its exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Give the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        """Import one command; None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"leakstream.commands.{cmd_name.replace('-', '_')}").main
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run one command; the number it gives is the exit code, however it was called."""
        code: object = super().invoke(ctx)
        if isinstance(code, int):
            ctx.exit(code)
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 click's
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, epilog=paste("leakstream up --target localhost:6060"))
@click.version_option(__version__, message="leakstream %(version)s")
def main() -> None:
    """Find goroutine leaks in running Go services, across a whole fleet.

    Results go to stdout, talk goes to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.
    """
