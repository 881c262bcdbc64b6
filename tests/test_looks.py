"""Numbers that leave a record as plain Python are seen, at every door."""

import numpy as np
import pytest

from tfmath.tracing import trace
from tfmath.tracing.looks import looking


@pytest.mark.parametrize(
    "look, door",
    [
        (lambda x: x.value, [".value"]),
        (lambda x: bool(x[0] > 0), ["bool()"]),
        (lambda x: [7, 8][np.argsort(x)[0]], ["a place"]),
        (lambda x: int(np.argsort(x)[0]), ["int()"]),
        (lambda x: np.argsort(x).tolist(), ["tolist()"]),
        (lambda x: np.argmax(x), ["np.argmax"]),
        (lambda x: np.allclose(x, 1), ["np.allclose"]),
        (lambda x: np.exp(x).sum() + x.shape[0], []),
        (lambda x: np.zeros_like(x), []),
        (lambda x: np.where(x > 0, x, 0), []),
    ],
)
def test_every_door_is_watched(look, door):
    x = trace([1.0, 2.0], "x")
    with looking() as looks:
        look(x)
    look(x)  # outside nobody counts
    assert looks == door
