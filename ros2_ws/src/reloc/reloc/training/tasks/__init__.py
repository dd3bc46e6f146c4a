"""What can be trained, one file each: found by name, imported only when it is chosen."""
