"""The layout of the store: migrations, queries, and the pure code that prepares them."""
