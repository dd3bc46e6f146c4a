"""Between ROS messages and reloc's values; one file a kind of message, no node and no state."""
