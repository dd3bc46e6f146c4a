"""Create and read the arguments of all commands."""
