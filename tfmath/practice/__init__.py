"""Exercises that answer: not yet, right, or which mistake was made."""

from tfmath.practice.answers import Exercise, Law, Mistake, check

__all__ = ["Exercise", "Law", "Mistake", "check"]
