"""How the arguments of all commands are made and read."""
