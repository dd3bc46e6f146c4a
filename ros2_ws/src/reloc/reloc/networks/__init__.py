"""Networks, in torch: needed to train and to export, never to run a node."""
