"""What would be refused in a settings file, found before anything starts: its text, and the files that it names.

Refuses to read more than a settings file may hold, never shows what a secret's file holds, and connects to nothing.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from leakstream.adapters.kafka_clients import KafkaSettingsError, client_options
from leakstream.benign_file import read_benign_file
from leakstream.secret_files import UnusableFileError, read_hash_key, read_pem, read_secret, read_text
from processors.make_rules import check_rules
from schemas.model import Problem
from schemas.settings import Settings
from schemas.settings_kafka import KafkaLogSettings
from schemas.settings_load import SettingsError, load_settings
from schemas.settings_yaml import LARGEST_BYTES


def check_config(path: Path) -> tuple[Problem, ...]:
    """Give everything that is wrong with a settings file; empty when it can be used."""
    try:
        settings = load_settings(read_text(path, LARGEST_BYTES), str(path))
    except UnusableFileError as error:
        return (Problem(str(path), str(error)),)
    except SettingsError as error:
        return error.problems
    return tuple(check_files(settings, str(path)))


def check_files(settings: Settings, source: str) -> Iterator[Problem]:
    """Look whether every file that the settings name can be read and holds what it should, and every example holds.

    `source` names the settings.
    """
    for place, file, read in _secret_files(settings):
        try:
            read(Path(file))
        except UnusableFileError as error:
            yield Problem(f"{source}: {place}", str(error), repr(file))
    if settings.log.kafka is not None:
        yield from _check_kafka(settings.log.kafka, source)
    try:
        read_benign_file(settings.detection)
    except SettingsError as error:
        yield from (Problem(f"{source}: {problem.where}", problem.what, problem.quote) for problem in error.problems)
    for problem in check_rules(settings.rewrite_rules):
        yield Problem(f"{source}: {problem.where}", problem.what, problem.quote)


def _check_kafka(kafka: KafkaLogSettings, source: str) -> Iterator[Problem]:
    """Look at the files of the log one by one; when all can be read, see whether clients could be made of them."""
    found = False
    for place, file, read in _kafka_files(kafka):
        try:
            read(Path(file))
        except UnusableFileError as error:
            found = True
            yield Problem(f"{source}: log.kafka.{place}", str(error), repr(file))
    try:
        if not found:
            client_options(kafka)
    except KafkaSettingsError as error:
        yield Problem(f"{source}: {error.problem.where}", error.problem.what, error.problem.quote)


def _kafka_files(kafka: KafkaLogSettings) -> Iterator[tuple[str, str, Callable[[Path], object]]]:
    """Give the place, the path and the reader of each file that the log's settings name."""
    sasl, tls = kafka.sasl, kafka.tls_config
    files = (
        ("sasl.password_file", sasl and sasl.password_file, read_secret),
        ("sasl.token_file", sasl and sasl.token_file, read_secret),
        ("tls_config.ca_file", tls and tls.ca_file, read_pem),
        ("tls_config.cert_file", tls and tls.cert_file, read_pem),
        ("tls_config.key_file", tls and tls.key_file, read_pem),
        ("tls_config.key_password_file", tls and tls.key_password_file, read_secret),
    )
    yield from ((place, file, read) for place, file, read in files if file)


def _secret_files(settings: Settings) -> Iterator[tuple[str, str, Callable[[Path], str]]]:
    """Give the place, the path and the reader of each file that holds a secret."""
    if settings.profile_labels.hash_key_file is not None:
        yield "profile_labels.hash_key_file", settings.profile_labels.hash_key_file, read_hash_key
    clickhouse = settings.store.clickhouse
    if clickhouse is not None and clickhouse.password_file is not None:
        yield "store.clickhouse.password_file", clickhouse.password_file, read_secret
    for index, ticket in enumerate(settings.tickets):
        if ticket.webhook is not None and ticket.webhook.url_file is not None:
            yield f"tickets[{index}].webhook.url_file", ticket.webhook.url_file, read_secret
