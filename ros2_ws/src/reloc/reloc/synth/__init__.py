"""Synthetic worlds: furnished rooms from a seed, rendered with exact depth. No torch, no GPU, no window system."""
