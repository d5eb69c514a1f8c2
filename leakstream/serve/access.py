"""Who asks at the door. Pure.

Passwords are kept and compared as SHA-256 in constant time, for unknown users too. Without users everyone who reaches
the address is let in as `default` and what a client says of itself is ignored. Refuses two ways of saying who one is in
one request: whichever were taken, a proxy in between may have meant the other.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

from leakstream.serve.handle import StatementError
from leakstream.serve.quota import Quota

REQUIRED_PASSWORD = 194
AUTHENTICATION_FAILED = 516
ANYONE = "default"


@dataclass(frozen=True, slots=True)
class User:
    """A name, the SHA-256 of the password in lower case hexadecimal digits, and a quota."""

    name: str
    password_sha256: str = field(repr=False)
    quota: Quota = field(default_factory=Quota)


def hash_password(password: str) -> str:
    """Give what a password is kept as."""
    return sha256(password.encode()).hexdigest()


def admit(users: Sequence[User], query: Mapping[str, str], headers: Mapping[str, str]) -> User:
    """Say who asks; header names are in lower case. Raises StatementError with a code for what is wrong."""
    if not users:
        return User(ANYONE, "")
    said = _read_ways(query, headers)
    if not said:
        raise StatementError(REQUIRED_PASSWORD, "Say who you are: user and password. (REQUIRED_PASSWORD)")
    if len(said) > 1:
        raise StatementError(
            AUTHENTICATION_FAILED,
            "Say who you are in one way: Authorization, X-ClickHouse-User with -Key, or user= with password=. "
            "(AUTHENTICATION_FAILED)",
        )
    name, password = said[0]
    found = next((user for user in users if user.name == name), User("", hash_password("")))
    right = compare_digest(hash_password(password), found.password_sha256)
    if not right or not found.name:
        raise StatementError(
            AUTHENTICATION_FAILED,
            f"{_clip(name)}: Authentication failed: password is incorrect, or there is no user with such name. "
            "(AUTHENTICATION_FAILED)",
        )
    return found


def name_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Give the name under which somebody asks, whether it is true or not; '' for none."""
    try:
        said = _read_ways(query, headers)
    except StatementError:
        return ""
    return _clip(said[0][0]) if said else ""


def _read_ways(query: Mapping[str, str], headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give name and password of each way in which a request says them."""
    said = []
    if "authorization" in headers:
        said.append(_read_basic(headers["authorization"]))
    if headers.keys() & {"x-clickhouse-user", "x-clickhouse-key"}:
        said.append((headers.get("x-clickhouse-user", ANYONE), headers.get("x-clickhouse-key", "")))
    if query.keys() & {"user", "password"}:
        said.append((query.get("user", ANYONE), query.get("password", "")))
    return said


def _read_basic(header: str) -> tuple[str, str]:
    """Read an Authorization header."""
    scheme, _, packed = header.partition(" ")
    try:
        said = b64decode(packed.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        said = ""
    name, colon, password = said.partition(":")
    if not colon:
        raise StatementError(
            AUTHENTICATION_FAILED,
            "The Authorization header is not a name and a password. (AUTHENTICATION_FAILED)",
        )
    return name, password


def _clip(name: str) -> str:
    """Give a name for people, without what could break a line."""
    return "".join(character if character.isprintable() else "?" for character in name[:64])
