"""What a producer is told fits together, whatever the settings say."""

from hypothesis import given
from hypothesis import strategies as st

from leakstream.adapters.kafka_writer import producer_options
from schemas.settings_kafka import KafkaLogSettings


@given(st.integers(1, 3_600_000))
def test_waiting_and_asking_end_before_a_record_is_given_up(milliseconds: int) -> None:
    """The client refuses to start with less: each record must have time to be sent once."""
    settings = KafkaLogSettings.model_validate(
        {"bootstrap_servers": ["127.0.0.1:9092"], "request_timeout": f"{milliseconds}ms"}
    )
    options = producer_options(settings)
    assert 0 <= options["linger_ms"] <= options["delivery_timeout_ms"] - options["request_timeout_ms"]
    assert options["delivery_timeout_ms"] == milliseconds
