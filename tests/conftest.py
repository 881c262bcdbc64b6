"""One thread for each of the two test processes, and the same Hypothesis examples for all.

Threads of two processes on two cores wait for each other more than they work; kernels of
notebooks inherit the setting. Hypothesis never fails a test for being slow. The longest
files begin first, so that no process waits for the other at the end.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import hypothesis  # noqa: E402  (the threads are to be set before NumPy is imported)

hypothesis.settings.register_profile(
    "course", derandomize=True, deadline=None, max_examples=60, database=None
)
hypothesis.settings.load_profile("course")

# What takes longest stays on one worker; these begin before the many short files.
LONG = (
    "test_browser",
    "test_explorer_page",
    "test_explorer_everybody",
    "test_distributed",
    "test_crosscheck",
    "test_style",
    "test_bounds_of_rows",
    "test_accuracy",
    "test_train",
    "test_plug_in",
    "test_notebook_gates",
    "test_search",
    "test_exact_digits",
    "test_mutants",
    "test_toy",
    "test_receipt",
    "test_package",
)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: _turn(item.path))


def _turn(path):
    if path.suffix == ".ipynb":
        return len(LONG)
    return LONG.index(path.stem) if path.stem in LONG else len(LONG) + 1
