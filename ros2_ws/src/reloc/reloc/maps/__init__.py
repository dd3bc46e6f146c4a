"""Maps on disk: build, read and check them."""
