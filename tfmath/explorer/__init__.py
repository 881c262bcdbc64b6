"""The explorer: one page in which every number of a model says where it came from."""

from tfmath.explorer.notebook import FILE, explorer, still
from tfmath.explorer.page import write_page
from tfmath.explorer.program import toy_program

__all__ = ["FILE", "explorer", "still", "toy_program", "write_page"]
