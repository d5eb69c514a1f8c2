"""The settings of users' rules for function names. Whether the examples hold, processors/rewrite.py finds out."""

from pydantic import Field

from schemas.settings_fields import SettingsModel


class RewriteExampleSettings(SettingsModel):
    """A name and what the rule must make of it."""

    input: str = Field(min_length=1, max_length=1000, description="A function name as `leakstream decode` shows it.")
    output: str = Field(max_length=1000, description="What becomes of it; empty drops the frame.")


class RewriteRuleSettings(SettingsModel):
    """One rule for function names, applied after the built-in ones, in the order of the file."""

    match: str = Field(min_length=1, max_length=1000, description="RE2 syntax, found anywhere in the name.")
    replace: str = Field(max_length=1000, description=r"What takes its place; \1 is the first group.")
    examples: tuple[RewriteExampleSettings, ...] = Field(
        min_length=1, description="Checked before anything starts: a rule whose example fails is refused."
    )
