"""Real Go programs, each leak with what it looks like, and the demo that finds them."""
