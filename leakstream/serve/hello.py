"""clickhouse-go's first query, answered by hand. Pure.

The driver reads this one answer at its own protocol version and everything after it at the revision that it names. The
engine writes plain Native only, which is revision 0; its own revision would promise a block header that it does not
write.
"""

from leakstream.serve.engine import Answer, Statement
from leakstream.serve.protocol import NAME

_HELLO = "SELECT displayName(), version(), revision(), timezone()"


def is_hello(statement: Statement) -> bool:
    """Say whether this is clickhouse-go's first query."""
    return statement.sql.strip().rstrip(";") == _HELLO


def hello(version: str) -> Answer:
    """Answer clickhouse-go's first query in Native, with revision 0: after it the driver expects plain Native.

    The engine's own revision would promise a block header that it does not write over this protocol.
    """
    columns = (
        ("displayName()", "String", _text(NAME)),
        ("version()", "String", _text(version)),
        ("revision()", "UInt32", bytes(4)),
        ("timezone()", "String", _text("UTC")),
    )
    head = bytes.fromhex("010002ffffffff00") + bytes([len(columns), 1])
    body = head + b"".join(_text(name) + _text(kind) + b"\0" + value for name, kind, value in columns)
    return Answer(body, "Native", rows=1, rows_read=1, bytes_read=1, seconds=0.0)


def _text(text: str) -> bytes:
    """Write a short string as Native does."""
    return bytes([len(text)]) + text.encode()
