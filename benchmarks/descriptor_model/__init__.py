"""Make any number of global descriptors that resemble those of real images."""
