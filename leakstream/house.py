"""Opens the house: in site-packages the product owns one name, and its other rooms lie in `leakstream/_house`."""

import sys
from pathlib import Path


def open_house(front_door: Path = Path(__file__).parent) -> None:
    """Put the folder `_house` beside this file first on the import path; a checkout has none and needs none."""
    house = front_door / "_house"
    if house.is_dir() and str(house) not in sys.path:
        sys.path.insert(0, str(house))
