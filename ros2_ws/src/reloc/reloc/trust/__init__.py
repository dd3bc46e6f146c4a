"""Whether to believe an answer: the gate between a localizer and the world."""
