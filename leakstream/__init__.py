"""Leakstream finds goroutine leaks in running Go services, across a whole fleet: the front door."""

__version__ = "0.1.0"
