"""What NumPy could not compute, said of the arrays as the record calls them."""

import numpy as np

from tfmath.errors import ShapeError


def misfit(op, nodes, error):
    """NumPy's error about plain numbers, as one that names the operation and its arrays.

    Parameters
    ----------
    op : str
    nodes : sequence of Traced
        What the operation was given.
    error : ValueError or IndexError

    Returns
    -------
    error : ShapeError, IndexError or numpy.exceptions.AxisError
        ShapeError is a ValueError, so whoever waits for NumPy's kind of error gets it.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> trace([1.0, 2.0], "x") + trace([1.0, 2.0, 3.0], "y")
    Traceback (most recent call last):
    tfmath.errors.ShapeError: add of x (2,) and y (3,): operands could not be broadcast
    together; from the last axis on, sizes must be the same or 1.
    """
    given = " and ".join(f"{node.name or node.op} {node.shape}" for node in nodes)
    text = f"{op} of {given}: {_reason(op, nodes, str(error))}."
    for kind in (np.exceptions.AxisError, IndexError):
        if isinstance(error, kind):
            return kind(text)
    return ShapeError(text)


def _reason(op, nodes, text):
    """NumPy's reason; its two most frequent in words of the course."""
    if op == "matmul" and "mismatch in its core dimension" in text:
        rows = nodes[1].shape[-2:][0]
        return (
            f"the columns of the first, {nodes[0].shape[-1]}, must be as many as the rows "
            f"of the second, {rows}"
        )
    if text.startswith("operands could not be broadcast together with shapes"):
        return (
            "operands could not be broadcast together; from the last axis on, sizes must "
            "be the same or 1"
        )
    return text.strip().removesuffix(".")
