"""The statements of a migration as a cluster needs them: derived from the same files, never written twice.

Every table becomes two: `<name>_local` on each server, replicated, and `<name>`, Distributed over it, sharded by
service, so that all rows of a service lie on one shard and every view and query keeps its words. An INSERT goes once,
through the Distributed tables. What is none of these, or no CREATE TABLE, ALTER TABLE or CREATE VIEW of our own shape,
is refused, so that nothing is on one server alone.
"""

import re

from schemas.store.split import SchemaError, blank

LOCAL = "_local"

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (?P<database>\w+)\.(?P<table>\w+)\s")
_ENGINE = re.compile(r"^ENGINE = (?P<engine>\w*MergeTree)(?:\((?P<arguments>\w*)\))?$", re.MULTILINE)
_KEY = re.compile(r"^ORDER BY \(?(?P<first>\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^COMMENT '(?:[^'\\]|\\.|'')*'\Z", re.MULTILINE)
_SERVICE = re.compile(r"^\s+service\s", re.MULTILINE)
_ALTER = re.compile(r"ALTER TABLE (?P<database>\w+)\.(?P<table>\w+)\s")
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (?P<view>\w+\.\w+)\s")
_INSERT = re.compile(r"INSERT INTO \w+\.\w+ \(")
_COLUMN_COMMAND = re.compile(r"(?:ADD|DROP|MODIFY|COMMENT|RENAME) COLUMN\b")
_LOCAL_COMMAND = re.compile(
    r"(?:ADD|DROP|MATERIALIZE) (?:INDEX|PROJECTION)\b|MODIFY (?:TTL|SETTING)\b|REMOVE TTL\b|ADD CONSTRAINT\b"
)


def spread(statement: str, cluster: str) -> tuple[str, ...]:
    """Give the statements that do on every server of a cluster what this one does on a single server, in order.

    `cluster` is a plain name as it stands in `remote_servers`. Raises SchemaError.
    """
    if match := _TABLE.match(statement):
        return _spread_table(statement, match, cluster)
    if match := _ALTER.match(statement):
        return _spread_alter(statement, match, cluster)
    if match := _VIEW.match(statement):
        view = match["view"]
        return (_name(statement, match, f"CREATE OR REPLACE VIEW {view} ON CLUSTER '{cluster}'"),)
    if _INSERT.match(statement):
        return (statement,)
    raise SchemaError(f"this statement has no form for a cluster: {statement[:60]!r}")


def _spread_table(statement: str, match: re.Match[str], cluster: str) -> tuple[str, ...]:
    """Make the replicated table and the distributed one over it."""
    database, table = match["database"], match["table"]
    engine, comment = _ENGINE.search(statement), _COMMENT.search(statement)
    key = "service" if _SERVICE.search(statement) else (_KEY.search(statement) or {"first": ""})["first"]
    if engine is None or comment is None or not key:
        raise SchemaError(f"no engine, comment or key that is understood: {statement[:60]!r}")
    place = f"'/clickhouse/tables/{{shard}}/{database}/{table}{LOCAL}', '{{replica}}'"
    arguments = f"{place}, {engine['arguments']}" if engine["arguments"] else place
    local = _ENGINE.sub(lambda _: f"ENGINE = Replicated{engine['engine']}({arguments})", statement)
    begin = f"CREATE TABLE IF NOT EXISTS {database}.{table}"
    local = _name(local, match, f"{begin}{LOCAL} ON CLUSTER '{cluster}'")
    distributed = (
        f"{begin} ON CLUSTER '{cluster}' AS {database}.{table}{LOCAL}\n"
        f"ENGINE = Distributed('{cluster}', '{database}', '{table}{LOCAL}', cityHash64({key}))\n{comment.group()}"
    )
    return local, distributed


def _spread_alter(statement: str, match: re.Match[str], cluster: str) -> tuple[str, ...]:
    """Alter the replicated table, and the distributed one too where its columns change."""
    table = f"ALTER TABLE {match['database']}.{match['table']}"
    columns, others = (words.search(blank(statement)) for words in (_COLUMN_COMMAND, _LOCAL_COMMAND))
    if bool(columns) == bool(others):
        raise SchemaError(f"columns and others must be altered apart, by commands that are known: {statement[:60]!r}")
    local = _name(statement, match, f"{table}{LOCAL} ON CLUSTER '{cluster}'")
    return (local, _name(statement, match, f"{table} ON CLUSTER '{cluster}'")) if columns else (local,)


def _name(statement: str, match: re.Match[str], begin: str) -> str:
    """Put another begin before the rest of a statement; the white space between them stays."""
    return begin + statement[match.end() - 1 :]
