"""What this machine has: its processor and its NVIDIA GPU."""
