"""Views of a record: tables, formulas, source, figures."""

from tfmath.show.explanation import explain
from tfmath.show.tables import Tables, table
from tfmath.tracing.program import backward_source, contents, source

__all__ = ["Tables", "backward_source", "contents", "explain", "source", "table"]
