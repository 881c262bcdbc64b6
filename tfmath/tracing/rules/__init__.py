"""One table: what the record knows of each operation.

A row says how NumPy computes it, how a gradient passes backwards through it, how the
formula of one of its numbers reads, how its line of NumPy is written, and which words its
rows and columns carry. To let the record know one more NumPy function, add one row to
`RULES`, or a line to `composites.COMPOSITES` if the operations here can say it.

A derivative is plain NumPy of ``(grad, output, *inputs, **options)``, one function for each
input: `grad` is the gradient by the output, the result the gradient by that input. Because
it is plain NumPy, it can be traced too. ``None`` stands for an input without a slope: a
mask, targets, places. An operation with no slope at all gives numbers that do not vary.

Arrays are inputs, never options: a record is a program of them. Options are Python values.

`source` says how its line of NumPy is written: a sign such as ``"+"``, the name of a
function other than ``np.<operation>``, or a function from the printed inputs and the
options to the line, where ``f"{a:atom}"`` puts brackets around all but a name or a call.
`uses` are the functions that the line needs besides NumPy's, and `names` what the inputs
are called where they have no name of their own.

Three columns are for the witnesses. `torch` and `exact` compute the same operation with the
library they are given, ``(torch, *inputs, **options)`` and ``(mp, *inputs, **options)``, so
neither is imported here. Without them PyTorch's function of the same name is taken, and
NumPy's of the same name on arrays of 50-digit numbers; never `call`, which is on trial.
`error` says how rounding errors pass through, see `tfmath.witness.bounds`: ``"moves"``,
``"sums"``, ``"products"``, ``"chooses"``, a function, or for an operation on single numbers
how far its result may lie from the exact one, in unit roundoffs. `work` counts the
multiply-adds of a product: ``(node) -> int``.
"""

import numpy as np

from tfmath.tracing.rules.comparisons import COMPARISONS
from tfmath.tracing.rules.elementwise import ELEMENTWISE
from tfmath.tracing.rules.functions import FUNCTIONS
from tfmath.tracing.rules.moves import MOVES
from tfmath.tracing.rules.products import PRODUCTS
from tfmath.tracing.rules.reductions import REDUCTIONS
from tfmath.tracing.rules.row import Rule, Table
from tfmath.tracing.rules.running import RUNNING

__all__ = ["RULES", "Rule"]

RULES: dict[str, Rule] = Table(ELEMENTWISE | FUNCTIONS | COMPARISONS)
RULES |= REDUCTIONS | RUNNING | PRODUCTS | MOVES


def _with_exact(name, rule):
    """A row that does not say its exact value takes NumPy's own function of its name."""
    own = getattr(np, name, None)
    if rule.exact or own is None:
        return rule
    return rule._replace(exact=lambda mp, *inputs, **options: own(*inputs, **options))


RULES |= {name: _with_exact(name, rule) for name, rule in RULES.items()}
