"""Hypothesis draws the same examples on every machine and never fails for being slow."""

import hypothesis

hypothesis.settings.register_profile(
    "course", derandomize=True, deadline=None, max_examples=60, database=None
)
hypothesis.settings.load_profile("course")
