"""What `python tools/check_docs.py` checks, one kind a file."""
