"""What `features.py` is made of: pairs of views, what is changed in them, and how right matches are counted."""
