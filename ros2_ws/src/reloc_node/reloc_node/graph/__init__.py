"""The ROS graph: who publishes what with which QoS, and subscriptions that hear every publisher."""
