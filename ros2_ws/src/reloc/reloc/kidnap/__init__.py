"""The kidnap test: a robot is carried away again and again, and everything is done to fool what finds it.

The whole stack without ROS: the engine (localizer and verification), the gate, odometry that drifts, images at their
own rate of which those are dropped that come while another is worked on.
"""
