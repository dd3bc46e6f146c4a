"""The robot's motion and its wheel odometry."""
