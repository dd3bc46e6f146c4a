"""Decide whether a hypothesis is an answer: score it, choose between places, and detect ambiguity."""
