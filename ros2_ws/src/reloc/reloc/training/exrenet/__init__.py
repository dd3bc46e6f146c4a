"""How ExReNet learns: pairs of views, matches from depth, losses, and the two graphs it is exported as."""
