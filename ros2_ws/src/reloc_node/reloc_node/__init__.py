"""Thin ROS 2 nodes around the reloc library: convert messages, call the library, publish its answers."""
