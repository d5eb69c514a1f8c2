#!/bin/sh
# Hands the passwords of users.xml to the server, which takes them from its environment. Without one it does not start.
set -eu
LEAKSTREAM_WRITER_PASSWORD=$(cat /run/secrets/clickhouse_writer)
LEAKSTREAM_READER_PASSWORD=$(cat /run/secrets/clickhouse_reader)
: "${LEAKSTREAM_WRITER_PASSWORD:?/run/secrets/clickhouse_writer is empty}"
: "${LEAKSTREAM_READER_PASSWORD:?/run/secrets/clickhouse_reader is empty}"
export LEAKSTREAM_WRITER_PASSWORD LEAKSTREAM_READER_PASSWORD
exec /entrypoint.sh "$@"
