"""Matches of an image with a reference, for people: which agree with the answer, and a picture of them."""
