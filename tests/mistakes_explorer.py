"""Planted mistakes of the explorer, in Python and in the page, see `tests.mistakes`."""

# ruff: noqa: E501  (the planted texts are lines of other files)
from tests.mistake import Mutant as M

EXPLORER = [
    M(
        "the page's slope of softmax without its average",
        "explorer/js/rows_model.js",
        "return scaled(weights, less(g, average));",
        "return scaled(weights, g);",
        "explorer_numbers",
    ),
    M(
        "the page's product turned the wrong side",
        "explorer/js/rows_reductions.js",
        "return like(product(turned(left), g), right);",
        "return like(product(turned(g), left), right);",
        "explorer_numbers",
    ),
    M(
        "the page's formulas a little longer",
        "explorer/js/formulas.js",
        "BUDGET = 40",
        "BUDGET = 41",
        "explorer_numbers",
    ),
    M(
        "the page's digits of too few bits",
        "explorer/js/decimal.js",
        "const BITS = 512n;",
        "const BITS = 160n;",
        "explorer_numbers",
    ),
    M(
        "a head that stays",
        "explorer/js/knockouts.js",
        "values[place] = 0;",
        "values[0] = 0;",
        "explorer_numbers",
    ),
    M(
        "the page climbs",
        "explorer/js/runs.js",
        "node.values[k] - rate * slope",
        "node.values[k] + rate * slope",
        "explorer_asked",
    ),
    M(
        "a norm taken out keeps its gain",
        "explorer/knockouts.py",
        'for op in ("multiply", "add"):',
        'for op in ("multiply",):',
        "explorer_numbers",
    ),
    M(
        "what differs by length is taken as it is for the longest",
        "explorer/merged.py",
        'if not np.array_equal(node.value, leading, equal_nan=node.dtype.kind == "f"):',
        "if node.shape != leading.shape:",
        "explorer_asked",
    ),
]
