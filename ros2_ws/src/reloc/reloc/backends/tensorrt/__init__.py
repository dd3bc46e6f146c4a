"""NVIDIA GPUs by TensorRT, whose engines are built once and kept."""

from reloc.backends.tensorrt.backend import TensorRt

PLUGIN = TensorRt
