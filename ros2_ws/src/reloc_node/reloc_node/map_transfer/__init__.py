"""Transfer a map from a server to a robot: offer, check, fetch in pages, cache, open."""
