"""Rigid transforms, cameras, rotation averaging and triangulation. Needs numpy and OpenCV only."""
