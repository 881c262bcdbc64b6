"""One thread for each of the two test processes, and the same Hypothesis examples for all.

Threads of two processes on two cores wait for each other more than they work; kernels of
notebooks inherit the setting. Hypothesis never fails a test for being slow.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import hypothesis  # noqa: E402  (the threads are to be set before NumPy is imported)

hypothesis.settings.register_profile(
    "course", derandomize=True, deadline=None, max_examples=60, database=None
)
hypothesis.settings.load_profile("course")
