"""Byte pair encoding written anew, and with equals drawn by lot."""

from collections import Counter
from random import Random

from tests.claims.claim import says
from tfmath import tokenize
from tfmath.parts.text import pair_merges, pieces, read_corpus

TOKENS = [word for quote in read_corpus() for word in tokenize(quote)]


def merged(words, choose=lambda equals: equals[0]):
    """The pairs, most frequent first; of equals the earliest, or as chosen."""
    texts, done = [list(word) for word in words], []
    while True:
        pairs = [p for text in texts for p in zip(text, text[1:], strict=False)]
        if not pairs:
            return done
        often = Counter(pairs)
        best = choose([pair for pair in often if often[pair] == max(often.values())])
        done.append(best)
        for text in texts:
            i = 0
            while i < len(text) - 1:
                if (text[i], text[i + 1]) == best:
                    text[i : i + 2] = ["".join(best)]
                i += 1


@says(
    "`t`, `h` and `h`, `e` both occur three times; of two equals we take the one that "
    "appears first.",
    "always inside the words: no pair reaches across a space.",
    "`th` and `e`; and five.",
    "It stays in the vocabulary, even when it has become a part of others.",
)
def test_merges_by_hand():
    three = ["the", "then", "there"]
    pairs = Counter(p for word in three for p in zip(word, word[1:], strict=False))
    assert pairs["t", "h"] == pairs["h", "e"] == 3 == max(pairs.values())
    found = merged(three)
    assert pair_merges(three, 9) == found and found[1] == ("th", "e") and len(found) == 5


@says(
    "`throne` is whole by luck: its last pairs occur once, and of equals we take the "
    "first.",
    "But `thing` cannot be, whichever we take: `gs` stands in two words, `things` and "
    "`brings`, and `thi` in one, so the `s` is joined first.",
)
def test_equals_by_lot():
    """The last three pairs of `throne` stand in `thrones` alone, so whole is not sure."""
    ours, rng = merged(TOKENS), Random(0)
    assert pieces("throne", ours) == ["throne"] and "throne" not in TOKENS
    assert {("th", "r"), ("thr", "on"), ("thron", "e")} <= set(ours)
    assert [word for word in TOKENS if "thr" in word] == ["thrones"]
    assert {word for word in TOKENS if "gs" in word} == {"things", "brings"}
    assert [word for word in TOKENS if "thi" in word] == ["things"]
    whole = []
    for lot in (merged(TOKENS, rng.choice) for _ in range(100)):
        made = ["".join(pair) for pair in lot]
        end = next(i for i, piece in enumerate(made) if "gs" in piece)
        assert not any("thi" in piece for piece in made[:end]) and "thing" not in made
        whole.append(pieces("throne", lot) == ["throne"])
    assert 0 < sum(whole) < len(whole)


def found(words, merges):
    """How often each pair stands in the words when it is joined."""
    for n, pair in enumerate(merges):
        cut = (pieces(word, merges[:n]) for word in words)
        yield sum(p == pair for w in cut for p in zip(w, w[1:], strict=False))


@says(
    "The numbers in blue never rise: a new pair holds the piece just made, so it is found "
    "at most as often.",
)
def test_blue_numbers_never_rise():
    """In our corpus, and in texts of two letters, drawn by lot."""
    ours, rng = list(found(TOKENS, merged(TOKENS))), Random(0)
    assert (ours[0], ours[3], ours[5], ours[12], ours[34]) == (6, 4, 3, 2, 1)
    texts = [["".join(rng.choices("ab", k=9)) for _ in range(4)] for _ in range(60)]
    for text in (TOKENS, *texts):
        counts = list(found(text, merged(text)))
        assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]
