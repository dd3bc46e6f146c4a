"""The fastest way to run a network here, by measuring it once on this machine."""
