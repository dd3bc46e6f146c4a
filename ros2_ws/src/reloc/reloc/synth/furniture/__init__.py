"""Furniture. Each file has one family; each function makes one random piece in the piece's own frame.

The middle of a piece is at the origin. Its back is toward +y, for example to a wall. It stands on z = 0.
"""
