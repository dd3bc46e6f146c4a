"""Where relocalization works in a map, where it does not and why, and what to add: before a robot drives there."""
