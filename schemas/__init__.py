"""What the data is. Imports nothing of ours outside this room; no I/O, no clock."""
