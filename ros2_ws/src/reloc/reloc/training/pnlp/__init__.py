"""The parts of the task ``pnlp``: depth, learned with or without true depth, and features to match."""
