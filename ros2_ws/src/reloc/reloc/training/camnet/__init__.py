"""The parts of the task ``camnet``."""
