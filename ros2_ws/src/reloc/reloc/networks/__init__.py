"""Networks in torch: needed for training and export, never for running a node."""
