"""Sherpa-onnx: networks of several families, in a process of its own."""
