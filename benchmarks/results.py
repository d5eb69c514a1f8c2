"""The page RESULTS.md: each benchmark owns one section of it and leaves the others as they are."""

import platform
import re
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
_HEAD = """# Results

Each figure is made by the file it stands under; machines are noisy, compare runs of one machine only.
"""


def machine() -> str:
    """Name what a benchmark ran on."""
    return f"{platform.machine()}, Python {platform.python_version()}"


def publish(section: str) -> None:
    """Print a section, and put it into RESULTS.md."""
    RESULTS.write_text(replace_section(RESULTS.read_text() if RESULTS.exists() else "", section))
    print(section)


def replace_section(page: str, section: str) -> str:
    r"""Put a section in the place of the one of the same file, or at the end of the page.

    Example input: "# Results\n\nWords.\n\n## a.py: one\n\nold\n", "## a.py: uno\n\nnew\n"
    Example output: "# Results\n\nWords.\n\n## a.py: uno\n\nnew\n"
    """
    head, *sections = re.split(r"^(?=## )", page or _HEAD, flags=re.MULTILINE)
    owners = [_owner(other) for other in sections]
    if _owner(section) in owners:
        sections[owners.index(_owner(section))] = section
    else:
        sections.append(section)
    return "\n".join(part.rstrip("\n") + "\n" for part in (head, *sections))


def _owner(section: str) -> str:
    """Give the file that a section belongs to: what stands before the colon of its heading."""
    return section.splitlines()[0].partition(":")[0]
