"""Exercises that answer: not yet, right, or which mistake was made."""

from tfmath.practice.answers import Exercise, Mistake, check

__all__ = ["Exercise", "Mistake", "check"]
