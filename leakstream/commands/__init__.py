"""What a person can type: one command a file, each a click command named `main`."""
