"""Read ROS image messages without ROS: encodings, camera_info and frame names, for bags and for the node.

The messages are whatever has the fields of ``sensor_msgs``: those of rclpy and those decoded from a bag.
"""
