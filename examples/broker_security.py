"""What a secured broker shows its clients: listeners with TLS, with passwords and with tokens, and who may come in.

Everything is made here and is worth nothing elsewhere: an authority of our own, certificates for 127.0.0.1, one user.
Give it to `Broker.make(..., security=make_security(folder))` and ask the broker for `address("SASL_SSL")`.
"""

import json
import shutil
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from examples.kafka_jars import BrokerError, MissingToolError

LISTENERS = MappingProxyType(
    {"SSL": "SSL", "MUTUAL": "SSL", "MISNAMED": "SSL", "SASL_SSL": "SASL_SSL", "SASL_PLAINTEXT": "SASL_PLAINTEXT"}
)
"""Listener -> its protocol. MUTUAL wants a certificate of the client; MISNAMED shows one of another host."""
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
_MODULES = "org.apache.kafka.common.security"
_NAMES = {"server": "IP:127.0.0.1,DNS:localhost", "misnamed": "DNS:elsewhere.example", "client": "DNS:client.example"}
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
_TOKEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Security:
    """The files and names for clients, and what the broker is told; `stranger` signed nothing here."""

    folder: Path
    username: str = "alice"
    password: str = "alice-secret"  # noqa: S105 of a broker that lives for a test

    @property
    def ca_file(self) -> Path:
        """Give the authority that signed every certificate here."""
        return self.folder / "ca.crt"

    @property
    def stranger_ca_file(self) -> Path:
        """Give an authority that signed none of them."""
        return self.folder / "stranger.crt"

    @property
    def cert_file(self) -> Path:
        """Give the certificate of a client."""
        return self.folder / "client.crt"

    @property
    def key_file(self) -> Path:
        """Give the private key of that client."""
        return self.folder / "client.key"

    def token(self, *, lasts_seconds: float = _TOKEN_SECONDS) -> str:
        """Make a token for OAUTHBEARER; unsigned, as the broker of a test takes it."""
        now = time.time()
        parts = ({"alg": "none"}, {"sub": self.username, "iat": now, "exp": now + lasts_seconds})
        return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."

    def format_arguments(self) -> tuple[str, ...]:
        """Give what makes the SCRAM users exist, when the folder of the broker is formatted."""
        user = f"[name={self.username},password={self.password}]"
        return ("--add-scram", f"SCRAM-SHA-256={user}", "--add-scram", f"SCRAM-SHA-512={user}")

    def settings(self) -> Mapping[str, str]:
        """Give the settings of the broker."""
        found = {"sasl.enabled.mechanisms": ",".join(MECHANISMS)}
        for listener in ("SSL", "MUTUAL", "MISNAMED", "SASL_SSL"):
            found |= self._tls(listener.lower(), "misnamed" if listener == "MISNAMED" else "server")
        found["listener.name.mutual.ssl.client.auth"] = "required"
        for listener in ("SASL_SSL", "SASL_PLAINTEXT"):
            found |= self._sasl(listener.lower())
        return found

    def _tls(self, listener: str, certificate: str) -> Mapping[str, str]:
        values = {
            "keystore.type": "PEM",
            "keystore.location": str(self.folder / f"{certificate}.pem"),
            "truststore.type": "PEM",
            "truststore.location": str(self.ca_file),
        }
        return {f"listener.name.{listener}.ssl.{name}": value for name, value in values.items()}

    def _sasl(self, listener: str) -> Mapping[str, str]:
        modules = {
            "plain": f'plain.PlainLoginModule required user_{self.username}="{self.password}";',
            "scram-sha-256": "scram.ScramLoginModule required;",
            "scram-sha-512": "scram.ScramLoginModule required;",
            "oauthbearer": 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
        }
        return {
            f"listener.name.{listener}.{mechanism}.sasl.jaas.config": f"{_MODULES}.{module}"
            for mechanism, module in modules.items()
        }


def make_security(folder: Path) -> Security:
    """Make the authorities and certificates in a folder, with the program openssl; what is there is kept."""
    if shutil.which("openssl") is None:
        raise MissingToolError("certificates need openssl on the PATH: install openssl")
    security = Security(folder.resolve())
    if not (folder / "stranger.crt").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _sign_itself(security.folder, "ca")
        for name, alternatives in _NAMES.items():
            _sign(security.folder, name, alternatives)
        _sign_itself(security.folder, "stranger")
    return security


def _sign_itself(folder: Path, name: str) -> None:
    """Make an authority."""
    _openssl(
        folder, f"req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN={name} -keyout {name}.key -out {name}.crt"
    )


def _sign(folder: Path, name: str, alternatives: str) -> None:
    """Make a certificate of our authority, and the file of key and certificate that a broker reads."""
    _openssl(folder, f"req {_NEW_KEY} -subj /CN={name} -keyout {name}.key -out {name}.csr")
    (folder / f"{name}.ext").write_text(f"subjectAltName={alternatives}\n")
    signing = f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650"
    _openssl(folder, f"{signing} -extfile {name}.ext -out {name}.crt")
    (folder / f"{name}.pem").write_text((folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text())


def _openssl(folder: Path, arguments: str) -> None:
    """Run the program; raises with what it said."""
    command = ["openssl", *arguments.split()]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 our own words
    if ran.returncode:
        raise BrokerError(f"{' '.join(command[:2])} failed:\n{ran.stderr}")
