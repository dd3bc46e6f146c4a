"""Thin ROS 2 nodes around the reloc library: they convert, call, convert and publish."""
