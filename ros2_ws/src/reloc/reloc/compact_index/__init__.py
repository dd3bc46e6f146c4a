"""The index of a map with many references: short descriptors in inverted lists. Arrays in, arrays out."""
