"""The action ``~/relocalize``: look until it is known where the robot is, or until it is clear why not."""
