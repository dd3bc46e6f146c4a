"""The tasks, one file each: found by name, imported only when chosen."""
