"""What `make check` runs beside lint and tests: what a newcomer does, from the outside."""
