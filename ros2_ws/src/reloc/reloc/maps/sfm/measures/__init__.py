"""Where the scale and the axes of a reconstruction come from: one file each."""
