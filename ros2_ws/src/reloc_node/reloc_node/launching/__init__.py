"""Compute from launch arguments what the launch files start, without importing launch, so that tests need no launch."""
