"""What the chapter on vocabulary says, proved."""

import difflib
import subprocess
import sys
from collections import Counter

import numpy as np

from tests.claims.claim import output, says
from tests.claims.merged_anew import (  # noqa: F401
    merged,
    test_blue_numbers_never_rise,
    test_equals_by_lot,
    test_merges_by_hand,
)
from tfmath import decode, encode, tokenize, toy, vocabulary
from tfmath.errors import UnknownWordError
from tfmath.parts.text import pair_merges, pieces, read_corpus
from tfmath.study.set_order import set_in_a_new_python

CHAPTER = "01_vocabulary.ipynb"
DEFINITIONS = (
    "Find the two neighbours that stand side by side most often, and make them one piece.",
)

CORPUS = read_corpus()
TOKENS = [word for quote in CORPUS for word in tokenize(quote)]
SENTENCE = "when you play game of thrones"
MERGES = pair_merges(TOKENS, 100)


@says(
    "`you` occurs twice and has the same number both times.",
    "Here it is a word, and there are 5;",
    "here 4;",
)
def test_five_words():
    words = "you win or you die".split()
    assert words.count("you") == 2 and len(words) == 5 and len(set(words)) == 4
    listed = list(dict.fromkeys(words))
    assert [listed.index(word) for word in words] == [0, 1, 2, 0, 3]


@says(
    "Ours has three quotes.",
    "Cut at the spaces, there are 30 tokens.",
    "To Python two words are the same only if every character is, so it may count "
    "more than you.",
    "Each saves one word, `The` beside `the`, and `storm,` beside `storm.`: from 25 down "
    "to **23**.",
    "(One mark stays, the apostrophe inside `won't`.)",
)
def test_the_corpus():
    cut = [token for quote in CORPUS for token in quote.split()]
    assert (len(CORPUS), len(cut), len(set(cut))) == (3, 30, 25)
    assert {"storm,", "storm.", "The", "the"} <= set(cut)
    folded = {token.lower() for token in cut}
    bare = {token.strip(",.") for token in cut}
    assert (len(folded), len(bare), len({w.lower() for w in bare})) == (24, 24, 23)
    assert len(TOKENS) == 30 and "won't" in TOKENS
    assert {mark for word in TOKENS for mark in word if not mark.isalpha()} == {"'"}


@says(
    "Four words; the other 19 occur once.",
    "`the` occurs there four times, `storm` twice, `or` and `thrones` once.",
)
def test_how_often():
    often = Counter(TOKENS)
    assert sum(times > 1 for times in often.values()) == 4
    assert sum(times == 1 for times in often.values()) == 19
    assert [often[word] for word in ("the", "storm", "or", "thrones")] == [4, 2, 1, 1]


@says(
    "They do not.",
    'A set answers "is it in?", and is free to keep its words in any order.',
    "For texts, Python lets that order depend on a number that it draws by chance each "
    "time it starts.",
    "(Ours were given: 1, 2, 3.)",
)
def test_sets():
    """Real runs of Python, without a number of our own."""
    code = f"print(list(set({sorted(set(TOKENS))!r})))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={}
        ).stdout
        for _ in range(4)
    }
    assert len(runs) > 1 and len({str(sorted(eval(run))) for run in runs}) == 1
    given = [set_in_a_new_python(TOKENS, run) for run in (1, 2, 3)]
    assert given == [set_in_a_new_python(TOKENS, run) for run in (1, 2, 3)]
    assert len(set(given)) == 3


@says(
    "No error, no warning.",
    "**Ids mean nothing without the list that made them.**",
    "Its numbers are intact, but its words have changed places.",
)
def test_two_lists():
    first = vocabulary(TOKENS)
    other = tuple(sorted(first))
    wrong = decode(encode("you win or you die", first), other)
    assert wrong == "he play storm he the".split()
    moved = sum(a != b for a, b in zip(first, other, strict=True))
    assert set(first) == set(other) and moved > 20


@says(
    "Together 26, with the ids 0 to 25:",
    "8, 9, 10, then 12: 11 is `the`.",
    "Decoding undoes encoding. But what comes back are the *words*; capitals and "
    "punctuation are gone:",
)
def test_the_list():
    assert len(toy.WORDS) == 26 and toy.WORDS[:3] == ("<pad>", "<start>", "<end>")
    ids = encode(SENTENCE, toy.WORDS)
    assert ids.tolist() == [8, 9, 10, 12, 13, 14] and toy.WORDS[11] == "the"
    assert encode(decode(range(26), toy.WORDS), toy.WORDS).tolist() == list(range(26))
    for quote in CORPUS:
        back = " ".join(decode(encode(quote, toy.WORDS), toy.WORDS))
        assert back == " ".join(tokenize(quote)) != quote
    drawn = output(CHAPTER, "c34")
    assert all(f"{i} {word}" in drawn for i, word in enumerate(toy.WORDS))


@says(
    "We leave its numbers as they are, and number its 23 words by the alphabet.",
    "It writes `know`, until we stop it after eight words; our list makes `drink` of it.",
    "Its numbers are right; its list is wrong.",
)
def test_the_model_with_another_list():
    parameters, other = toy.load(), (*toy.WORDS[:3], *sorted(toy.WORDS[3:]))
    seen = [toy.WORDS[other.index(word)] for word in SENTENCE.split()]
    written = toy.finish(parameters, " ".join(seen))
    assert {word for word, _ in written} == {"know"}
    words = [other[toy.WORDS.index(word)] for word, _ in written]
    assert words == ["drink"] * 8 and len(words) == toy.LONGEST
    right = [word for word, _ in toy.finish(parameters, SENTENCE)]
    assert right == "you win or you die <end>".split()


@says(
    "Our `encode` refuses, and names those spelled most like it.",
    "After our 26 its id would be 26, and both `you play chess` and `you play dice` would "
    "be 9, 10, 26.",
)
def test_unknown():
    try:
        encode("when you play game of throne", toy.WORDS)
    except UnknownWordError as error:
        assert "near it: 'thrones'" in str(error)
        like = [difflib.SequenceMatcher(None, "throne", w).ratio() for w in toy.WORDS]
        first = sorted(zip(like, toy.WORDS, strict=True), reverse=True)[:3]
        assert all(repr(word) in str(error) for _, word in first)
    else:
        raise AssertionError("a word that nobody knows was encoded")
    listed = [*toy.WORDS, "<unknown>"]
    for game in ("chess", "dice"):
        words = ["you", "play", game if game in listed else "<unknown>"]
        assert [listed.index(word) for word in words] == [9, 10, 26]


@says(
    "The list is a little shorter, 21 for 23 (with the apostrophe).",
    "But the sentence is four times as long, the spaces not even counted.",
    "each token looks at each token, itself too: 24 × 24 looks for 6 × 6, 16 times as "
    "many.",
    "And we cannot write `chess` even now: our three quotes have no `c`.",
    "Any text of any language is stored as bytes: each letter of `chess` is one, "
    "`é` is two.",
    "Now `chess` can be written, but not shorter.",
)
def test_letters():
    letters = set("".join(TOKENS))
    assert len(letters) == 21 and "'" in letters and len(set(TOKENS)) == 23
    assert set("chess") - letters == {"c"}
    words, signs = len(SENTENCE.split()), len(SENTENCE.replace(" ", ""))
    assert signs == 4 * words and signs**2 == 16 * words**2
    assert list(b"chess") == [99, 104, 101, 115, 115] and len(b"chess") == len("chess")
    assert list("é".encode()) == [195, 169]
    assert output(CHAPTER, "c46").rstrip().endswith("é [195, 169]")


@says(
    "`the`, then `or`, then `storm`, then `thrones`.",
    "The surprise is `or`: it occurs once and is whole before `storm`, which occurs twice.",
    "What counts is how often the *pair* is found: `o`, `r` stand side by side in "
    "each `storm`, too, 3 times in all.",
    "**Merges count pairs; they do not know what belongs together.**",
    "The `c` of `chess` is missing still;",
    "Put a mark before each word, `_` for the space: The two are told apart.",
    "Without the mark, each word of our corpus is whole after 54 merges.",
)
def test_merges_of_the_corpus():
    assert merged(TOKENS) == MERGES
    whole = {
        word: next(n for n in range(99) if len(pieces(word, MERGES[:n])) == 1)
        for word in ("the", "or", "storm", "thrones")
    }
    assert sorted(whole, key=whole.get) == list(whole) and whole["or"] == 6
    once, twice = Counter(TOKENS)["or"], Counter(TOKENS)["storm"]
    assert (once, twice, sum(word.count("or") for word in TOKENS)) == (1, 2, 3)
    assert "6: or (3 times)" in output(CHAPTER, "c54")
    assert pieces("throne", MERGES) == ["throne"] and "throne" not in TOKENS
    assert pieces("chess", MERGES) == ["c", "he", "s", "s"]
    assert len(MERGES) == 54 and all(len(pieces(word, MERGES)) == 1 for word in TOKENS)
    plain = [pieces("storms", MERGES), pieces("storm", MERGES) + pieces("s", MERGES)]
    marked = pair_merges(["_" + word for word in TOKENS], 100)
    told = [
        pieces("_storms", marked),
        pieces("_storm", marked) + pieces("_s", marked),
    ]
    assert plain[0] == plain[1] and told[0] != told[1]


@says(
    "It has 75: the letters and the pieces on the way are still in it.",
    "The text, cut into whole words, uses 23 of them.",
    "**The other 52 it no longer uses**; only a new word can bring one back.",
)
def test_entries_without_use():
    entries = set("".join(TOKENS)) | {"".join(pair) for pair in MERGES}
    used = {piece for word in TOKENS for piece in pieces(word, MERGES)}
    assert (len(entries), len(used), len(entries - used)) == (75, 23, 52)
    assert used == set(TOKENS) < entries
    assert "s" in set(pieces("storms", MERGES)) & (entries - used)
    cuts = [{p for w in TOKENS for p in pieces(w, MERGES[:n])} for n in range(55)]
    ended = [len(cut) for cut in cuts][24:]  # in the end fewer and fewer, as the title says
    assert ended == sorted(ended, reverse=True) and ended[0] == max(map(len, cuts))
    assert "75 entries for 21, 23 in use, 52 not" in output(CHAPTER, "c58")
    assert output(CHAPTER, "c58").splitlines()[1] == "75 entries, 23 of them in the text"


@says(
    "The blue line bends for the last time after merge 13.",
    "Up to there a merge saves two pieces or more; from there on it costs one entry "
    "to save one piece.",
)
def test_where_the_line_bends():
    read = [sum(len(pieces(w, MERGES[:n])) for w in TOKENS) for n in range(len(MERGES) + 1)]
    saved = [now - then for now, then in zip(read, read[1:], strict=False)]
    assert min(saved[:13]) == 2 and set(saved[13:]) == {1}
    assert "The last bend: after 13." in output(CHAPTER, "c58")


@says(
    "And each entry is a row of numbers to learn",
    "about 37000 rows of 512, more than a quarter of its smaller model's 65 million "
    "numbers",
    "We stay with whole words: a table of 23 can be read.",
)
def test_what_an_entry_costs():
    assert np.shape(toy.load()["embedding"]) == (26, 5) == (len(toy.WORDS), 5)
    assert 1 / 4 < 37000 * 512 / 65e6 < 1 / 3


@says(
    "Look at `thrones` as our model sees it: the number 14.",
    "Midway between `when`, 8, and `play`, 10, is 9: `you`.",
    "By the alphabet they are 22 and 15, and midway is no word at all.",
    "**Missing:** ids are only names.",
)
def test_names():
    assert toy.WORDS.index("thrones") == 14 and toy.WORDS[9] == "you"
    alphabetical = [*toy.WORDS[:3], *sorted(vocabulary(TOKENS))]
    places = {
        name: [listed.index(word) for word in ("when", "play")]
        for name, listed in (("ours", toy.WORDS), ("alphabet", alphabetical))
    }
    assert places == {"ours": [8, 10], "alphabet": [22, 15]} and (22 + 15) % 2
