"""Weigh measured facts about a hypothesis: how probable it is that its pose is right."""
