"""Settings -> the options that every Kafka client of ours shares."""

from typing import Any

from schemas.settings_kafka import KafkaLogSettings


def client_options(settings: KafkaLogSettings) -> dict[str, Any]:
    """Give the options."""
    return {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": settings.client_id,
        "reconnect_backoff_max_ms": 1000,
    }
