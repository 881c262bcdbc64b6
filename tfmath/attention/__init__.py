"""Attention: every position takes a weighted average of the others."""
