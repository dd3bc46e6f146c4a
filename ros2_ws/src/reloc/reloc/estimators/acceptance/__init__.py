"""Whether a hypothesis is an answer: its scores, the choice between places, and what makes it ambiguous."""
