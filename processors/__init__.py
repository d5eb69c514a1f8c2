"""The way through: one verb per file, in the order decode, normalise, fingerprint, count, growth, judge, ticket."""
