"""The action ``~/relocalize``: search until the robot's place is certain, or report why it is not."""
