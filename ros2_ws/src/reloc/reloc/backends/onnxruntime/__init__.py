"""ONNX Runtime: on all processors, and on NVIDIA GPUs with its CUDA and TensorRT providers."""

from reloc.backends.onnxruntime.backend import OnnxRuntime

PLUGIN = OnnxRuntime
