"""ONNX Runtime: on processors everywhere, and on NVIDIA GPUs by its CUDA and TensorRT providers."""

from reloc.backends.onnxruntime.backend import OnnxRuntime

PLUGIN = OnnxRuntime
