"""What is found in a settings file before anything starts."""

from pathlib import Path

import pytest

from leakstream.check import check_config
from schemas.model import Problem

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
