"""Maps on disk: build them, read them, check them."""
