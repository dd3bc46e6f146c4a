"""Record a run, and compare it with the ground truth."""
