"""How much the longest row of a sentence is looked at, in *Many heads*, proved."""

import numpy as np

from tests.claims.claim import says
from tfmath import embed, encode, softmax, toy

LAYER = toy.load()["encoder"]["layer 1"]["self-attention"]
SENTENCE = "when you play game of thrones"
YOU = SENTENCE.split().index("you")


def read(text):
    return encode(text, toy.WORDS)


def times_equal_share(ids):
    """(..., 2 heads) of ids (..., n); and which row it is."""
    x = embed(ids, toy.load()["embedding"])
    longest = np.linalg.norm(x, axis=-1).argmax(axis=-1)
    x = x[..., np.newaxis, :, :]
    scores = (x @ LAYER["W_Q"]) @ (x @ LAYER["W_K"]).swapaxes(-1, -2) / 2
    shares = softmax(scores).mean(axis=-2) * x.shape[-2]
    at = np.expand_dims(longest, (-1, -2))
    return np.take_along_axis(shares, at, -1)[..., 0], longest


@says(
    'Is length the rule? "you" has the longest row of $X$.',
    "In the quotes it gets about two to four times an equal share from head 1. Of the "
    "random sentences it gets more than one in about nine of ten from head 1, in about one "
    "of three from head 2: **habits, not rules.**",
    "Length makes a score large, direction gives its sign.",
)
def test_the_longest_row():
    x = embed(read(SENTENCE), toy.load()["embedding"])
    query, key = x @ LAYER["W_Q"][0], x @ LAYER["W_K"][0]
    turned = key * np.where(np.arange(6) == YOU, -1, 1)[:, np.newaxis]
    looks = [softmax(query[0] @ keys.T / 2)[YOU] for keys in (key, turned)]
    assert looks[0] > 0.9 and looks[1] < 0.001
    assert times_equal_share(read(SENTENCE))[1] == YOU
    quotes = [times_equal_share(read(text))[0][0] for text, _ in toy.PAIRS]
    assert 1.95 < min(quotes) and max(quotes) < 4.4
    words = sorted({i for text, _ in toy.PAIRS for i in read(text)})
    for seed in range(3):
        ids = np.random.default_rng(seed).choice(words, (1000, 6))
        first, second = (times_equal_share(ids)[0] > 1).mean(axis=0)
        assert 0.88 < first < 0.91 and 0.33 < second < 0.37
