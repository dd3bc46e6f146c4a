"""TensorRT for NVIDIA GPUs; its engines are built once and kept."""

from reloc.backends.tensorrt.backend import TensorRt

PLUGIN = TensorRt
