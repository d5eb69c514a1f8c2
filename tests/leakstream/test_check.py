"""What is found in a settings file before anything starts."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from leakstream.check import check_config
from leakstream.cli import main
from schemas.model import Problem
from tests import certificates

SECRETS = """
store: {{clickhouse: {{url: 'http://a:1', password_file: '{folder}/password'}}}}
tickets: [{{file: {{}}}}, {{webhook: {{url_file: '{folder}/url'}}}}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file that names two files of secrets, which are not there."""
    path = tmp_path / "leakstream.yml"
    path.write_text(SECRETS.format(folder=tmp_path))
    return path


def test_good_file_has_no_problem(file: Path) -> None:
    """Nor have its secrets."""
    (file.parent / "password").write_text("secret\n")
    (file.parent / "url").write_text("http://a/secret\n")
    assert check_config(file) == ()


def test_missing_secrets_are_all_named(file: Path) -> None:
    """With the place that names them."""
    missing = "No such file or directory"
    assert check_config(file) == (
        Problem(f"{file}: store.clickhouse.password_file", missing, repr(f"{file.parent}/password")),
        Problem(f"{file}: tickets[1].webhook.url_file", missing, repr(f"{file.parent}/url")),
    )


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b" \n", "is empty"),
        (b"hunter2canary\xff", "not UTF-8 text (byte 13)"),
        (b"hunter2canary" * 10_000, "larger than 65536 bytes"),
    ],
)
def test_secret_that_is_none_is_told_without_its_content(file: Path, data: bytes, wrong: str) -> None:
    """Only its path is shown."""
    (file.parent / "password").write_text("secret")
    (file.parent / "url").write_bytes(data)
    path = repr(f"{file.parent}/url")
    assert check_config(file) == (Problem(f"{file}: tickets[1].webhook.url_file", wrong, path),)


def test_key_of_hashes_must_be_long_enough(tmp_path: Path) -> None:
    """As in the settings themselves; it is not shown."""
    settings, key = tmp_path / "leakstream.yml", tmp_path / "key"
    settings.write_text(f"profile_labels: {{values: hash, hash_key_file: '{key}'}}")
    key.write_text("0123456789abcde\n")
    wrong = Problem(f"{settings}: profile_labels.hash_key_file", "has 15 bytes, 16 to 64 are needed", repr(str(key)))
    assert check_config(settings) == (wrong,)
    key.write_text("0123456789abcdef\n")
    assert check_config(settings) == ()


def test_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """As is a folder."""
    missing = tmp_path / "none.yml"
    assert check_config(missing) == (Problem(str(missing), "No such file or directory"),)
    assert check_config(tmp_path) == (Problem(str(tmp_path), "Is a directory"),)


def test_file_that_is_no_text_or_too_large_is_a_problem(tmp_path: Path) -> None:
    """And is not read to its end."""
    file = tmp_path / "f.yml"
    file.write_bytes(b"a: \xff")
    assert check_config(file) == (Problem(str(file), "not UTF-8 text (byte 3)"),)
    assert check_config(Path("/dev/zero")) == (Problem("/dev/zero", "larger than 1048576 bytes"),)


def test_problems_of_the_settings_are_given_as_they_are(tmp_path: Path) -> None:
    """One for each."""
    file = tmp_path / "f.yml"
    file.write_text("globl: {}\nwebb: {}\n")
    assert check_config(file) == (
        Problem(f"{file}: globl", 'unknown key; did you mean "global"?'),
        Problem(f"{file}: webb", 'unknown key; did you mean "web"?'),
    )


KAFKA = """
log:
  kafka:
    bootstrap_servers: ['127.0.0.1:1']
    security_protocol: SASL_SSL
    sasl: {{mechanism: PLAIN, username: u, password_file: '{folder}/password'}}
    tls_config: {{ca_file: '{folder}/ca', cert_file: '{folder}/cert', key_file: '{folder}/key',
      key_password_file: '{folder}/key_password'}}
"""


@pytest.fixture
def kafka(tmp_path: Path) -> Path:
    """A settings file for a broker that is not there, with files that are not there."""
    path = tmp_path / "leakstream.yml"
    path.write_text(KAFKA.format(folder=tmp_path))
    return path


def test_missing_files_of_kafka_are_all_named(kafka: Path) -> None:
    """Nothing is connected."""
    assert [str(problem) for problem in check_config(kafka)] == [
        f"{kafka}: log.kafka.{place}: No such file or directory: {str(kafka.parent / name)!r}"
        for place, name in (
            ("sasl.password_file", "password"),
            ("tls_config.ca_file", "ca"),
            ("tls_config.cert_file", "cert"),
            ("tls_config.key_file", "key"),
            ("tls_config.key_password_file", "key_password"),
        )
    ]


def test_files_of_kafka_that_do_not_fit_are_told(kafka: Path) -> None:
    """When each can be read, they are tried together."""
    for name, text in (
        ("password", "p"),
        ("ca", certificates.AUTHORITY),
        ("cert", certificates.CLIENT),
        ("key", certificates.BROKER_KEY),
        ("key_password", "p"),
    ):
        (kafka.parent / name).write_text(text)
    what = f"is not the key of the certificate {str(kafka.parent / 'cert')!r}"
    key = repr(str(kafka.parent / "key"))
    assert check_config(kafka) == (Problem(f"{kafka}: log.kafka.tls_config.key_file", what, key),)
    (kafka.parent / "key").write_text(certificates.CLIENT_KEY_ENCRYPTED)
    (kafka.parent / "key_password").write_text("opensesame")
    assert check_config(kafka) == ()


def test_token_file_of_kafka_is_read(tmp_path: Path) -> None:
    """What is no token is told, and not shown."""
    token, file = tmp_path / "token", tmp_path / "f.yml"
    sasl = f"{{mechanism: OAUTHBEARER, token_file: '{token}'}}"
    file.write_text(f"log: {{kafka: {{bootstrap_servers: ['a:1'], security_protocol: SASL_PLAINTEXT, sasl: {sasl}}}}}")
    token.write_text("hunter2canary and more")
    what = "holds no bearer token (letters, digits and -._~+/= only)"
    assert check_config(file) == (Problem(f"{file}: log.kafka.sasl.token_file", what, repr(str(token))),)


@pytest.mark.parametrize("command", [("process", "--config"), ("check", "config"), ("collect", "--config")])
def test_rule_whose_example_fails_starts_nothing(command: tuple[str, ...], tmp_path: Path) -> None:
    """The rule, the input, what it should give and what it gives; exit code 2."""
    example = "{input: main.v2, output: main.v9}"
    path = tmp_path / "leakstream.yml"
    path.write_text(f"rewrite_rules: [{{match: 'v2', replace: vN, examples: [{example}]}}]\n")
    result = CliRunner().invoke(main, [*command, str(path)])
    said = f"{path}: rewrite_rules[0].examples[0]: match 'v2' turns 'main.v2' into 'main.vN', not into 'main.v9'\n"
    assert (result.exit_code, result.stderr, result.stdout) == (2, said, "")
