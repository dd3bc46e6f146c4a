"""The steps of benchmarks/scale.py."""
