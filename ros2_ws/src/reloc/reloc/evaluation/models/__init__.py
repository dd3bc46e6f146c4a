"""Compiled networks, judged: how exact each backend is, and how fast."""
