"""The one model format: a folder with ONNX files and a description of their inputs and outputs."""
