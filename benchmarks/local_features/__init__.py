"""Parts of `features.py`: pairs of views, changes of images, and counting right matches."""
