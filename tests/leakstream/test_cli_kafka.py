"""What the commands say of a Kafka log that can never work, before anything is connected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port


@pytest.mark.parametrize("command", [("collect",), ("notify",), ("topics", "plan"), ("dead-letters", "list")])
def test_file_that_is_missing_ends_every_command_with_2_and_its_name(command: tuple[str, ...], tmp_path: Path) -> None:
    """One sentence names the setting and the file; there is no traceback."""
    kafka = {
        "bootstrap_servers": ["127.0.0.1:1"],
        "security_protocol": "SSL",
        "tls_config": {"ca_file": str(tmp_path / "absent.pem")},
        "spool": {"path": str(tmp_path / "spool")},
    }
    file = tmp_path / "leakstream.yml"
    file.write_text(json.dumps({"log": {"kafka": kafka}, "web": {"listen_address": f"127.0.0.1:{free_port()}"}}))
    leakstream = [sys.executable, "-m", "leakstream"]
    ran = subprocess.run(
        [*leakstream, *command, "--config", str(file)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    named = [sentence in ran.stderr for sentence in ("log.kafka.tls_config.ca_file", "absent.pem", "Traceback")]
    assert (ran.returncode, ran.stdout, named) == (2, "", [True, True, False])
