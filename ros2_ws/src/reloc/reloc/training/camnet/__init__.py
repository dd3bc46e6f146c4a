"""What the task ``camnet`` is made of."""
