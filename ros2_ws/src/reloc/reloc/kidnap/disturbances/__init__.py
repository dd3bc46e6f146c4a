"""The disturbances, one per file."""
