"""Furniture: each file a family, each function one piece in its own frame, varied by its generator.

The piece's middle is over the origin, its back to +y (a wall, where it stands at one), its feet on z = 0.
"""
