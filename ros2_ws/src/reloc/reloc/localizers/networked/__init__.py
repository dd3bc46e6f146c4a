"""What the localizers with networks share: encoding a map, the network's view of an image, stated uncertainty."""
