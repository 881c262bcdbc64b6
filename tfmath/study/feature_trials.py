"""Random features drawn again and again: right on average, and how far off each time."""

import math

import numpy as np

from tfmath.arguments import whole
from tfmath.attention.random_features import positive_features

QUERY = np.array([0.5, 0.5])
KEY = np.array([[0.5, 0.5], [0.0, -1.0], [-0.5, 0.5]])
VALUE = np.array([6.0, 0.0, 3.0])


def true_values(query=QUERY, key=KEY, value=VALUE):
    """What the features estimate: e^(q · k) for each key, and the mixture of the values.

    Parameters
    ----------
    query : (d,)
    key : (n_key, d)
    value : (n_key,)

    Returns
    -------
    grown : (n_key,)
    answer : float

    Examples
    --------
    >>> grown, answer = true_values([0.0], [[1.0], [2.0]], np.array([4.0, 8.0]))
    >>> grown.tolist(), float(answer)
    ([1.0, 1.0], 6.0)
    """
    grown = np.exp(np.asarray(key) @ np.asarray(query))
    return grown, grown @ value / grown.sum()


def estimates(n_features, draws, seed=0, query=QUERY, key=KEY, value=VALUE):
    """The same two, estimated by random features, each time with new directions.

    Parameters
    ----------
    n_features, draws : int
    seed : int
    query, key, value
        As for `true_values`.

    Returns
    -------
    grown : (draws, n_key)
    answer : (draws,)

    Examples
    --------
    A query and a key of zeros: each feature is e⁰, so nothing is left to chance.

    >>> grown, answer = estimates(5, 2, query=[0.0], key=[[0.0]], value=np.array([3.0]))
    >>> grown.round(12).tolist(), answer.round(12).tolist()
    ([[1.0], [1.0]], [3.0, 3.0])
    """
    n_features = whole("estimates", "n_features", n_features, least=1)
    draws = whole("estimates", "draws", draws, least=1)
    rng = np.random.default_rng(whole("estimates", "seed", seed))
    rows = np.vstack([np.atleast_2d(query), key])
    directions = rng.normal(size=(draws, n_features, rows.shape[-1]))
    features = positive_features(rows, directions)
    grown = (features[:, 1:] * features[:, :1]).sum(axis=-1)
    return grown, grown @ value / grown.sum(axis=-1)


def expected_spread(n_features, query=QUERY, key=KEY[0]):
    r"""How far one estimate of e^(q · k) is off, as a share of it, by the formula.

    .. math:: \sqrt{\frac{e^{|q + k|^2} - 1}{m}}

    Parameters
    ----------
    n_features : int
        m.
    query, key : (d,)

    Returns
    -------
    float

    Examples
    --------
    >>> expected_spread(4, [0.0], [math.sqrt(math.log(2))])
    0.5
    """
    n_features = whole("expected_spread", "n_features", n_features, least=1)
    together = np.add(query, key)
    return math.sqrt(round(math.expm1(together @ together), 12) / n_features)


def feature_trials(counts=(4, 16, 64, 256), draws=20000, seed=0):
    """Bias and spread of the estimates, for some numbers of features.

    Parameters
    ----------
    counts : sequence of int
    draws : int
    seed : int

    Returns
    -------
    rows : list of dict
        ``bias`` is the mean of all draws less the true number, ``spread`` their standard
        deviation; of e^(q · k) of the first key as a share of it, and of the answer.

    Examples
    --------
    >>> [row["features"] for row in feature_trials(counts=[2, 4], draws=10)]
    [2, 4]
    """
    (true, *_), right = true_values()
    rows = []
    for m in counts:
        grown, answer = estimates(m, draws, seed)
        shares = grown[:, 0] / true
        row = {"features": m, "bias": shares.mean() - 1, "spread": shares.std()}
        row |= {"answer_bias": answer.mean() - right, "answer_spread": answer.std()}
        rows.append({name: round(float(x), 4) if name != "features" else m
                     for name, x in row.items()})  # fmt: skip
    return rows
