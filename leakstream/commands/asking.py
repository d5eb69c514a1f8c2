"""What the commands that ask a running Leakstream share: the way there, and its failures as sentences."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leakstream.client import ClientError, Place, Reader, open_reader, place_of
from leakstream.commands.options import UserError
from leakstream.commands.settings_file import read_settings
from processors.plain_text import plain


def find_place(store_url: str | None, config: Path | None) -> Place:
    """Say where to ask, by --store and --config."""
    return place_of(store_url, read_settings(config) if config else None)


@contextmanager
def asking(place: Place) -> Iterator[Reader]:
    """Connect; what goes wrong ends the command with a sentence and exit code 1."""
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # it would talk over our sentence
    try:
        with open_reader(place) as reader:
            yield reader
    except ClientError as error:
        raise UserError(plain(str(error))) from error
