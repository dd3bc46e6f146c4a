"""Change the references of a built map: add a drive, remove one or a region. The map changes whole or not at all."""
