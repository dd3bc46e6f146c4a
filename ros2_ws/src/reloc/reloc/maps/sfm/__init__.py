"""Poses for images that have none: structure from motion by COLMAP, with scale and axes from what is known."""
