"""The checks of `python tools/check_docs.py`, one kind per file."""
