"""The parts of the task ``points``: views, teacher, losses, judgment, export."""
