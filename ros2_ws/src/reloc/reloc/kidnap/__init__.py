"""The kidnap test: a robot is kidnapped many times while its sensors are disturbed.

It runs the whole stack without ROS: the engine (localizer and verification), the gate, and drifting odometry. Images
come at their own rate, and those that arrive during a look are dropped.
"""
