"""Where targets come from, one file a kind."""
