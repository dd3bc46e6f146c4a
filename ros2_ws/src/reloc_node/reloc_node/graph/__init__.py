"""The ROS graph: the publishers with their QoS, and subscriptions that receive from every publisher."""
