"""One question a file; RESULTS.md holds the figures, each made by the file it names."""
