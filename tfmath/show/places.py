"""Where a number of a record stands, and what it is."""

import numpy as np

from tfmath.show.numbers import number


def words_at(array, index):
    """The words where a number stands, or the places counted from 0."""
    return [
        str(words[i]) if words else str(i)
        for words, i in zip(array.labels, index, strict=True)
    ]


def value_at(array, index):
    """The number as it is printed; yes or no for a truth value."""
    value = array.value[index]
    return ("no", "yes")[int(value)] if isinstance(value, np.bool_) else number(value)
