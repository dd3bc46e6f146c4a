"""One file a disturbance."""
