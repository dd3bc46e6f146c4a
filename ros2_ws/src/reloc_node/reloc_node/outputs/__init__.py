"""Publish the results of a look: poses, status, TF, a seed, a debug image."""
