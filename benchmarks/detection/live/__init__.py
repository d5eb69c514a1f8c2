"""Leaks in running Go programs: each pattern as a leaky and a fixed twin, recorded as a collector would see it."""
