"""Text: the counts of the corpus by hand, and laws of the way there and back."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath.errors import DtypeError, ShapeError, UnknownWordError
from tfmath.parts.text import (
    CORPUS,
    SPECIALS,
    data_path,
    decode,
    encode,
    pair_merges,
    pieces,
    read_corpus,
    tokenize,
    vocabulary,
)

ALL = " ".join(CORPUS)


def test_corpus_is_three_quotes_of_thirty_words():
    assert read_corpus() == [
        "I drink and I know things.",
        "When you play the game of thrones, you win or you die.",
        "The true enemy won't wait out the storm, he brings the storm.",
    ]
    assert [len(tokenize(quote)) for quote in CORPUS] == [6, 12, 12]


@pytest.mark.parametrize(
    ("fold_case", "strip_punctuation", "size"),
    [(True, True, 23), (False, True, 24), (True, False, 24), (False, False, 25)],
)
def test_vocabulary_sizes(fold_case, strip_punctuation, size):
    assert len(vocabulary(tokenize(ALL, fold_case, strip_punctuation))) == size


def test_vocabulary_is_by_first_appearance_after_the_specials():
    words = vocabulary(tokenize(ALL), SPECIALS)
    assert words[:6] == ("<pad>", "<start>", "<end>", "i", "drink", "and")
    assert words[-1] == "brings"
    assert len(words) == 26


def test_a_word_that_is_also_special_is_listed_once():
    assert vocabulary(["a", "<end>", "b"], ("<end>",)) == ("<end>", "a", "b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("won’t", ["won't"]),
        ("won't", ["won't"]),
        ("cafe\u0301", ["caf\u00e9"]),
        ("storm,he", ["storm", "he"]),
        ("the storm — he", ["the", "storm", "he"]),
        ("storm--he", ["storm", "he"]),
        ("'well-known'", ["well-known"]),
        ('dogs\' "tails"', ["dogs", "tails"]),
        ("हिन्दी है", ["हिन्दी", "है"]),
        ("Straße", ["strasse"]),
        ("a\tb\nc", ["a", "b", "c"]),
    ],
)
def test_spellings(text, words):
    assert tokenize(text) == words


@pytest.mark.parametrize("text", ["", "   \n", "...", "-", "' '"])
def test_no_word_is_an_error(text):
    with pytest.raises(ValueError, match="no word"):
        tokenize(text)


def test_wrong_kinds_are_named():
    with pytest.raises(TypeError, match="tokenize: text is a bytes; it must be a str"):
        tokenize(b"abc")
    with pytest.raises(TypeError, match="vocabulary: tokens is 'abc'; .* tokenize"):
        vocabulary("abc")
    with pytest.raises(TypeError, match=r"vocabulary: tokens\[1\] is 3; it must be a str"):
        vocabulary(["a", 3])
    with pytest.raises(TypeError, match="strip_punctuation is 'no'; .* True or False"):
        tokenize("a", strip_punctuation="no")


def test_a_dict_of_ids_is_no_vocabulary():
    """Its values are ids of their own, which encode and decode would not go by."""
    ids = {"a": 1, "b": 0}
    for call, row in ((encode, ["a"]), (decode, [0])):
        with pytest.raises(TypeError, match="is a dict; .* order of their ids") as caught:
            call(row, ids)
        way = re.search(r"sorted\(.*\)", str(caught.value))[0]
        assert eval(way, {"vocabulary": ids}) == ["b", "a"]
    with pytest.raises(TypeError, match="vocabulary: tokens is a set"):
        vocabulary({"a", "b"})


signs = st.text(alphabet="aBç’'-.,<> \nÉe\u0301ß", min_size=1)


@settings(deadline=None)
@given(signs, st.booleans(), st.booleans())
def test_cutting_twice_cuts_no_further(text, fold_case, strip_punctuation):
    try:
        words = tokenize(text, fold_case, strip_punctuation)
    except ValueError:
        return
    assert tokenize(" ".join(words), fold_case, strip_punctuation) == words


@settings(deadline=None)
@given(st.lists(st.sampled_from(vocabulary(tokenize(ALL), SPECIALS)), min_size=1))
def test_decode_undoes_encode(words):
    table = vocabulary(tokenize(ALL), SPECIALS)
    ids = encode(words, table)
    assert ids.dtype == np.int64
    assert decode(ids, table) == words
    assert [table.index(word) for word in words] == ids.tolist()


def test_encode_cuts_a_text():
    table = vocabulary(tokenize(ALL))
    assert encode("When you play game of thrones", table).tolist() == [5, 6, 7, 9, 10, 11]


def test_unknown_word_is_named_with_its_neighbours():
    table = vocabulary(tokenize(ALL))
    with pytest.raises(UnknownWordError, match="'throne' at position 1 .*near it: 'thr"):
        encode("game throne", table)
    with pytest.raises(UnknownWordError, match="'zzz' at position 0 is not in the vocab"):
        encode(["zzz"], table)


def test_special_words_in_a_text_are_told_how_to_be_written():
    """A text is cut at its brackets: '<start> i' would be the words 'start' and 'i'."""
    table = vocabulary(tokenize(ALL), SPECIALS)
    words = r"'start' at position 0 .* brackets; give a list of words: \['<start>', …\]"
    with pytest.raises(UnknownWordError, match=words):
        encode("<start> I drink", table)
    assert encode(["<start>", *tokenize("I drink")], table).tolist() == [1, 3, 4]
    for text in ("start i", "the <strt>"):
        with pytest.raises(UnknownWordError) as caught:
            encode(text, table)
        assert "brackets" not in str(caught.value)


def test_bad_ids():
    with pytest.raises(ValueError, match="holds -1 at .0,.; allowed is 0 … 1"):
        decode([-1], ("a", "b"))
    with pytest.raises(ValueError, match="holds 2 at .1,.; allowed is 0 … 1"):
        decode([0, 2], ("a", "b"))
    with pytest.raises(DtypeError, match="whole numbers"):
        decode([0.0], ("a", "b"))
    with pytest.raises(ShapeError, match="one row"):
        decode([[0, 1]], ("a", "b"))
    for call in (encode, decode):
        with pytest.raises(ValueError, match="empty"):
            call([], ("a", "b"))


def test_missing_data_names_both_places():
    with pytest.raises(FileNotFoundError, match="nothing.csv"):
        data_path("nothing.csv")


def test_merges_end_when_every_word_is_whole_and_join_to_the_word_again():
    words = [word for quote in read_corpus() for word in tokenize(quote)]
    merges = pair_merges(words, 1000)
    assert len(merges) == len(set(merges)) < 1000
    for n in range(len(merges) + 1):
        assert all("".join(pieces(word, merges[:n])) == word for word in words)
    assert all(pieces(word, merges) == [word] for word in words)
    assert pair_merges(words, 7) == merges[:7]


def test_a_merge_reads_from_the_left_and_ties_go_to_the_first():
    # "aa" stands once in "aaa" when read from the left, not twice.
    assert pieces("aaa", [("a", "a")]) == ["aa", "a"]
    assert pair_merges(["ab", "ab", "bc"], 1) == [("a", "b")]
    assert pair_merges(["bc", "ab"], 1) == [("b", "c")]
    assert pair_merges(["a"], 3) == []


def test_decode_stays_the_function_whatever_is_imported():
    # tfmath.decode is a module too: importing it must not take the function's place.
    import tfmath
    from tfmath import toy

    assert tfmath.decode is decode and toy.WORDS
