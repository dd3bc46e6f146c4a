"""Convert between ROS messages and reloc's values: one file for each kind of message, no node and no state."""
