"""Shared parts of the localizers with networks: encoding a map, the network's view of an image, stated uncertainty."""
