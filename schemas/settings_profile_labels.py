"""The settings of pprof labels: which keys may leave the collector, and what is seen of their values.

Refuses a hash without a key: tenants and user ids are few enough to be guessed one by one.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from schemas.settings_fields import SettingsModel

SHORTEST_HASH_KEY_BYTES = 16
LONGEST_HASH_KEY_BYTES = 64
"""BLAKE2b takes no longer one."""


def _label_key(key: str) -> str:
    """Let the key of a label through; programs name them as they like."""
    if not key:
        raise ValueError("must not be empty")
    if not key.isprintable():  # a lone surrogate among them, which is no UTF-8
        raise ValueError(f"not a label key: {key[:100]!a}")
    return key


def _distinct(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Let keys through of which none stands twice."""
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise ValueError(f"the key {key[:100]!r} stands twice")
    return keys


LabelKeys = Annotated[tuple[Annotated[str, AfterValidator(_label_key)], ...], AfterValidator(_distinct)]


class ProfileLabelSettings(SettingsModel):
    """What becomes of the labels that programs put on their goroutines (pprof.Do)."""

    keep: LabelKeys = Field(default=(), description="Keys that are kept; labels carry user ids, so none unless named.")
    values: Literal["plain", "hash", "redact"] = Field(
        default="plain", description="What is seen of the values of kept keys; `hash` needs a key."
    )
    hash_key: SecretStr | None = Field(default=None, description="16 to 64 bytes, never printed; for `hash`.")
    hash_key_file: str | None = Field(default=None, description="A file that holds the key.")
    most_values: int = Field(
        default=50, strict=True, ge=1, le=10_000, description="Counted for each stack and key; the rest is `(other)`."
    )

    @model_validator(mode="after")
    def _whole(self) -> "ProfileLabelSettings":
        if self.hash_key is not None and self.hash_key_file is not None:
            raise ValueError("hash_key and hash_key_file exclude each other")
        has_key = self.hash_key is not None or self.hash_key_file is not None
        if self.values == "hash" and not has_key:
            raise ValueError("values: hash needs hash_key or hash_key_file, or values could be guessed")
        if self.values != "hash" and has_key:
            raise ValueError(f"a hash_key belongs to values: hash, not to {self.values}")
        if self.hash_key is not None and (wrong := refuse_hash_key(self.hash_key.get_secret_value())):
            raise ValueError(f"hash_key {wrong}")
        return self


def refuse_hash_key(key: str) -> str:
    """Say why a text cannot be the key of hashes, without quoting it; empty when it can."""
    size = len(key.encode(errors="surrogatepass"))
    if SHORTEST_HASH_KEY_BYTES <= size <= LONGEST_HASH_KEY_BYTES:
        return ""
    return f"has {size} bytes, {SHORTEST_HASH_KEY_BYTES} to {LONGEST_HASH_KEY_BYTES} are needed"
