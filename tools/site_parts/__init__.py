"""Parts of `python tools/build_site.py`, one kind per file."""
