"""What the chapter on masks says of filling up a batch, proved."""

import numpy as np
import torch

from tests.claims.claim import says
from tfmath import causal_mask, encode, padding_mask, softmax, toy
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.masks import both

SCORES = np.log([[1.0, 2.0, 5.0], [3.0, 1.0, 4.0], [2.0, 2.0, 4.0]])
PAIR = encode(["<pad>", "you", "win"], toy.WORDS)


@says(
    'The test of a good padding mask: "i drink and" alone, and with three fillings behind '
    "it, must give the same rows (up to rounding: the sums are longer).",
    "In front.",
    "At the end the filling lies in the future, which is hidden anyway.",
    "(The encoder needs the mask in both cases, so does the look from the decoder at the "
    "encoder, and a loss must not count what is said at `<pad>`.",
    "And filling in front moves the words to other positions, which a mask does not undo: "
    "the encoder's rows change.)",
)
def test_filling():
    plain = toy.load()
    short = encode("i drink and", toy.WORDS)
    alone = encode_source(plain, short)
    for ids, words, moved in (
        (np.append(short, [0, 0, 0]), slice(3), False),
        (np.append([0, 0, 0], short), slice(3, None), True),
    ):
        masked = encode_source(plain, ids, padding_mask(ids))
        apart = np.abs(masked[words] - alone).max()
        assert apart > 1 if moved else apart < 1e-12
        assert np.abs(masked - encode_source(plain, ids)).max() > 0.01
    at_end = PAIR[[1, 2, 0]]
    assert (both(causal_mask(3), padding_mask(at_end))[:2] == causal_mask(3)[:2]).all()
    in_front = both(causal_mask(3), padding_mask(PAIR))
    assert (in_front[1:] != causal_mask(3)[1:]).any()


@says(
    'But now look at the right table\'s first row: all "no".',
    "Dividing by the sum would be 0/0, no number (NaN), which spreads to everything that "
    "it touches.",
    "This course's answer, and that of `F.scaled_dot_product_attention`: weights 0, so the "
    "output is 0.",
    "(`nn.MultiheadAttention` gives NaN, by default.)",
)
def test_a_row_that_sees_nothing():
    in_front = both(causal_mask(3), padding_mask(PAIR))
    assert not in_front[0].any()
    assert softmax(SCORES, in_front)[0].tolist() == [0, 0, 0]
    assert np.isnan(np.nan + 1) and np.isnan(np.nan * 0)
    x, may = torch.randn(1, 3, 4), torch.tensor(in_front)
    function = torch.nn.functional.scaled_dot_product_attention(x, x, x, attn_mask=may)
    assert (function[0, 0] == 0).all() and not function.isnan().any()
    module = torch.nn.MultiheadAttention(4, 1, batch_first=True)
    out, _ = module(x, x, x, attn_mask=~may)
    assert out.isnan().all(dim=-1)[0].tolist() == [True, False, False]


def written(plain, ids, mask):
    """What the machine says, word after word, when the source is `ids`."""
    memory, said = encode_source(plain, ids, mask), [toy.WORDS.index("<start>")]
    while toy.WORDS[said[-1]] != "<end>" and len(said) < 9:
        rows = decode_target(plain, np.array(said), memory, mask)
        said.append(int(rows[-1].argmax()))
    return " ".join(toy.WORDS[word] for word in said[1:])


@says(
    "Up to four fillings do no harm: without a mask the machine still writes "
    '"i know things".',
    'With five it writes "i", and stops.',
)
def test_five_fillings():
    plain, short = toy.load(), encode("i drink and", toy.WORDS)
    for n in range(1, 6):
        ids = np.append(short, [0] * n)
        assert written(plain, ids, padding_mask(ids)) == "i know things <end>"
        lost = "i <end>" if n == 5 else "i know things <end>"
        assert written(plain, ids, None) == lost
