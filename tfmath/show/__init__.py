"""Views of a record: tables, formulas, source, figures."""

from tfmath.show.explanation import explain
from tfmath.show.program import backward_source, contents, source
from tfmath.show.tables import Tables, table

__all__ = ["Tables", "backward_source", "contents", "explain", "source", "table"]
