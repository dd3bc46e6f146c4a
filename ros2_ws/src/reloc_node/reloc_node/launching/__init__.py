"""What the launch files start, worked out from their arguments without importing launch, and so tested anywhere."""
