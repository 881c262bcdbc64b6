"""How the errors of rounding grow with the columns and the layers of a model."""

import numpy as np

from tfmath.arguments import wholes
from tfmath.witness import cases
from tfmath.witness.crosscheck import crosscheck
from tfmath.witness.formats import FORMATS
from tfmath.witness.roads import numpy_road

COLUMNS = (8, 16, 32, 64, 128, 256, 512)


def growing(columns=COLUMNS, layers=(1, 6), seeds=range(1, 11)):
    """How far the steps of a float32 run forwards are off, in models of many sizes.

    Parameters
    ----------
    columns, layers, seeds : sequence of int
        Models with random numbers, alike in everything else: four heads, a feed-forward
        network four times as wide as a row, the same two sentences.

    Returns
    -------
    list of dict
        ``columns``, ``layers``, ``seed`` and ``typical``: the median over the steps of
        their error since the beginning, in unit roundoffs of the step's largest number.
    """
    columns, layers, seeds = (
        wholes("growing", name, given)
        for name, given in (("columns", columns), ("layers", layers), ("seeds", seeds))
    )
    sizes = [(n, d, seed) for n in layers for d in columns for seed in seeds]
    return [
        {"columns": d, "layers": n, "seed": seed, "typical": round(_typical(d, n, seed), 3)}
        for n, d, seed in sizes
    ]


def _typical(columns, layers, seed):
    case = cases.square_case(
        "growing", seed, words=64, d_model=columns, n_heads=4, d_ff=4 * columns,
        n_layers=layers,
    )  # fmt: skip
    record, found = crosscheck(case, [numpy_road("float32")])
    forward = [f.whole / f.size for f in found if f.step in record.forward]
    return float(np.median(forward)) / FORMATS["float32"].roundoff
