"""What the record knows of a row's mean, its deviation, and the row divided by it."""

import numpy as np

from tfmath.tracing.formula import Terms, function, literal, total

EPSILON = 1e-5


def mean_formula(at, node, index):
    width = node.inputs[0].shape[-1]
    return _mean_over(width, lambda columns: at(0, (*index[:-1], columns)))


def deviation_formula(at, node, index):
    epsilon, mean = node.options.get("epsilon", EPSILON), at(1, index)
    squares = _mean_over(
        node.inputs[0].shape[-1],
        lambda columns: (at(0, (*index[:-1], columns)) - mean) ** literal(2),
    )
    return function("√", squares + literal(epsilon))


def standardized_formula(at, node, index):
    kept = (*index[:-1], 0)
    if not node.inputs[2].value[kept]:  # a constant row: there is nothing to divide
        return literal(0)
    return (at(0, index) - at(1, kept)) / at(2, kept)


def _mean_over(width, term):
    """The mean of a term over the columns; its place holds all of them at once."""
    columns = np.arange(width)
    return total(Terms(term(columns), columns.shape)) / literal(width)


def mean_error(unit, mean, values, errors, node):
    sizes, terms = np.abs(values[0]), values[0].shape[-1] + 1
    passed = errors[0] + unit.adding * terms * sizes
    return np.mean(passed, axis=-1, keepdims=True) + unit.rounding * np.abs(mean)


def deviation_error(unit, deviation, values, errors, node, epsilon=EPSILON):
    centred, error = _off_centre(unit, values[0], errors[0])
    along = np.mean(np.abs(centred) * error, axis=-1, keepdims=True)
    passed = along / np.where(deviation > 0, deviation, 1)
    terms = values[0].shape[-1] + 4
    # Where the root is 0, what moves it is no slope but the error itself.
    passed = np.where(deviation > 0, passed, np.max(error, axis=-1, keepdims=True))
    # A variance, ε added and a root, each stored: half of two roundings, and one more.
    return passed + (unit.adding * terms + 2 * unit.rounding) * deviation


def standardize_error(unit, output, values, errors, node, epsilon=EPSILON):
    (x, *_), (error, *_), terms, size = values, errors, output.shape[-1] + 4, np.abs(output)
    centred, sizes = _centred(x), np.mean(np.abs(x), axis=-1, keepdims=True)
    error = error + unit.adding * (terms * sizes + np.abs(centred))
    mean, along = (np.mean(e, axis=-1, keepdims=True) for e in (error, error * size))
    deviation = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + epsilon)
    passed = (error + mean + size * along) / np.where(deviation > 0, deviation, 1)
    return passed + (unit.adding * terms + unit.rounding) * size


def _off_centre(unit, x, error):
    """The row less its mean, and by how much each may be wrong."""
    centred, sizes = _centred(x), np.mean(np.abs(x), axis=-1, keepdims=True)
    own = unit.adding * ((x.shape[-1] + 4) * sizes + np.abs(centred))
    return centred, error + np.mean(error, axis=-1, keepdims=True) + own


def _centred(x):
    return x - np.mean(x, axis=-1, keepdims=True, dtype=np.float64)


def exact_mean(mp, x):
    return np.sum(x, axis=-1, keepdims=True) / x.shape[-1]


def exact_deviation(mp, x, mean, epsilon=EPSILON):
    squares = (x - exact_mean(mp, x)) ** 2
    return mp.sqrt(exact_mean(mp, squares) + epsilon)


def exact_standardized(mp, x, mean, deviation, epsilon=EPSILON):
    """From the row alone, as the operation does, whatever the rounded mean may be."""
    deviation = exact_deviation(mp, x, mean, epsilon)
    return (x - exact_mean(mp, x)) / np.where(deviation == 0, 1, deviation)


def torch_deviation(torch, x, mean, epsilon=EPSILON):
    return torch.sqrt(x.var(-1, correction=0, keepdim=True) + epsilon)


def torch_varying(torch, x, deviation):
    moved = x.var(-1, correction=0, keepdim=True) / (2 * deviation)
    return deviation + moved - moved.detach()


def rows_kept(nodes, options, shape):
    return (*nodes[0].labels[:-1], None)
