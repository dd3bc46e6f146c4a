"""The faults, one file per kind; see ``faults.py``."""
