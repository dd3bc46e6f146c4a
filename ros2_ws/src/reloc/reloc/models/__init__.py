"""The one model format: a folder with ONNX files and what they take and give."""
