"""The HTTP listeners: the ClickHouse protocol of the embedded engine, health and metrics."""
