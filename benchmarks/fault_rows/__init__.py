"""Faults, by kind; see ``faults.py``."""
