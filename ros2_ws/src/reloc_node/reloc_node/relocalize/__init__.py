"""The action ``~/relocalize``: look until the robot's place is known, or until it is clear why not."""
