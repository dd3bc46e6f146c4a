"""Detect this machine's processor and NVIDIA GPU."""
