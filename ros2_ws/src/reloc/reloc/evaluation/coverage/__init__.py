"""Find where relocalization works in a map, where it fails and why, and what to add, before a robot drives there."""
