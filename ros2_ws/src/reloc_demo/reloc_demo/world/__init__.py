"""The rendered house: its rooms, furniture and light."""
