"""How the network of Perspective-n-Learned-Point learns: depth, with or without its truth, and features to match."""
