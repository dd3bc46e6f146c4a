"""How the robot moves, and what its wheels tell of it."""
