"""Report problems with a node's inputs: missing topics, incompatible publishers, contradicting publishers."""
