"""The places where tickets live: one file a sink."""
