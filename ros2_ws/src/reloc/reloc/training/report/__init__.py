"""The page about a training run: curves, pictures, how it was made."""
