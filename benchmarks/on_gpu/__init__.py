"""What `benchmarks/gpu.py` measures. It needs torch, and reads the network definitions in this repository."""
