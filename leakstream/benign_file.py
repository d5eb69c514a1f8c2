"""The benign file that the settings name -> its entries; raises SettingsError when it cannot be used."""

from pathlib import Path

from leakstream.secret_files import UnusableFileError, read_text
from schemas.model import Problem
from schemas.say import BenignEntry
from schemas.settings_benign import read_benign
from schemas.settings_detection import DetectionSettings
from schemas.settings_load import SettingsError
from schemas.settings_yaml import LARGEST_BYTES


def read_benign_file(settings: DetectionSettings) -> tuple[BenignEntry, ...]:
    """Read the entries, in the order of the file; none where no file is named."""
    if settings.benign_file is None:
        return ()
    try:
        return read_benign(read_text(Path(settings.benign_file), LARGEST_BYTES), settings.benign_file)
    except UnusableFileError as error:
        raise SettingsError((Problem("detection.benign_file", str(error), repr(settings.benign_file)),)) from error
