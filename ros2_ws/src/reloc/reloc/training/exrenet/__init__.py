"""The parts of the task ``exrenet``: pairs of views, matches from depth, losses, and the two exported graphs."""
