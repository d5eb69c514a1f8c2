"""Bytes on the wire. Only codec.py and pprof.py see the generated types."""
