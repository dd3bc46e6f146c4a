"""Training of ExReNet: pairs of views, matches from depth, losses, and the two exported graphs."""
