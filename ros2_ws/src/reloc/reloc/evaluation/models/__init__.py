"""Test compiled networks: how exact and how fast each backend is."""
