"""Decide whether to accept an answer: the gate between a localizer and its users."""
