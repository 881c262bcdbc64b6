"""Four witnesses: exact arithmetic, NumPy, PyTorch on the processor, PyTorch on a GPU."""
