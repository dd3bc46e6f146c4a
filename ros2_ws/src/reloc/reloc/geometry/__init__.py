"""Rigid transforms, cameras, rotation averaging and triangulation. Needs numpy, SciPy and OpenCV."""
