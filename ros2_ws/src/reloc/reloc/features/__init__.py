"""Local features: key points with descriptors, dense descriptors, and matching."""
