"""Files that settings name: read with a bound, and told about without what is in them."""

from pathlib import Path

from schemas.settings_profile_labels import refuse_hash_key

LARGEST_SECRET_BYTES = 64 * 2**10
"""A secret is a line."""

LARGEST_PEM_BYTES = 4 * 2**20
"""A system's bundle of authorities has some 250 kB."""


class UnusableFileError(Exception):
    """A file cannot be used. The sentence says why; it quotes nothing of the file, and not its path."""


def read_bytes(path: Path, largest_bytes: int) -> bytes:
    """Read a file; raise UnusableFileError when it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(largest_bytes + 1)
    except OSError as error:
        raise UnusableFileError(error.strerror or type(error).__name__) from error
    except ValueError as error:  # a path with a NUL
        raise UnusableFileError(str(error)) from error
    if len(data) > largest_bytes:
        raise UnusableFileError(f"larger than {largest_bytes} bytes")
    return data


def read_text(path: Path, largest_bytes: int) -> str:
    """Read a text file; raise UnusableFileError, also when it is no UTF-8 text."""
    data = read_bytes(path, largest_bytes)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UnusableFileError(f"not UTF-8 text (byte {error.start})") from None  # it holds what was read


def read_secret(path: Path) -> str:
    """Read a file that holds a secret, without the space around it; raise UnusableFileError, also when it is empty."""
    secret = read_text(path, LARGEST_SECRET_BYTES).strip()
    if not secret:
        raise UnusableFileError("is empty")
    return secret


def read_hash_key(path: Path) -> str:
    """Read a file that holds the key of hashes; raise UnusableFileError, also when it is too short or too long."""
    key = read_secret(path)
    if wrong := refuse_hash_key(key):
        raise UnusableFileError(wrong)
    return key


def read_pem(path: Path) -> bytes:
    """Read a file of certificates or of a key, in any form; raise UnusableFileError."""
    return read_bytes(path, LARGEST_PEM_BYTES)
