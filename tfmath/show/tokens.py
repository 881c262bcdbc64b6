"""Pictures of a text in words: their ids, how each grows, what is kept of each."""

from itertools import pairwise

import numpy as np
from matplotlib.patches import FancyBboxPatch, Rectangle

from tfmath.errors import ShapeError
from tfmath.parts.text import pieces
from tfmath.show.figures import _SIGNED, Picture, _values, new_figure
from tfmath.show.lookups import KEY, QUERY, SHARE, VALUE
from tfmath.show.words import SHADES

AS_OFTEN, BESIDE = "#1f4e9c", {"va": "center", "fontsize": 8}


def first_places(lines, title):
    """Words in lines; a word that is new is framed, with its id under it.

    Ids are counted from 0, line after line. A word that has one already is grey, and has
    nothing under it: its id is to be found where it stood first.

    Parameters
    ----------
    lines : dict of str to list of str
        What each line is called, and its words.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 0.5 + 0.5 * len(lines))
    listed, widest = [], 0.0
    for height, (name, words) in enumerate(lines.items()):
        ax.text(-1.2, -height, name, ha="right", va="center", fontsize=8, color="#555")
        x = 0.0
        for word in words:
            x = _word(ax, x, -height, word, None if word in listed else len(listed))
            listed += [word] if word not in listed else []
        widest = max(widest, x)
    ax.set(xlim=(-0.4, widest), ylim=(-len(lines) + 0.35, 0.4))
    ax.set_axis_off()
    ax.set_title(title, fontsize=10)
    said = "  ".join(f"{i} {word}" for i, word in enumerate(listed))
    return Picture(figure, f"{title} {said}.")


def _word(ax, x, y, word, new):
    """One word, framed and with its id if it is new; where the next word may begin."""
    width = len(word) + 0.7
    looks = {"facecolor": SHADES[0], "edgecolor": "#999", "linewidth": 0.6}
    if new is not None:
        looks = {"facecolor": SHADES[1], "edgecolor": "black", "linewidth": 1.2}
    box = {"boxstyle": "round,pad=0,rounding_size=0.15", "mutation_aspect": 0.3}
    ax.add_patch(FancyBboxPatch((x, y - 0.2), width, 0.42, **box, **looks))
    middle = {"ha": "center", "va": "center", "fontsize": 7.5}
    colour = "#777" if new is None else "black"
    ax.text(x + width / 2, y, word, color=colour, family="monospace", **middle)
    if new is not None:
        ax.text(x + width / 2, y - 0.38, str(new), color="#1f4e9c", **middle)
    return x + width + 0.5


def grown(words, merges, text, title):
    """Words grow from letters, downwards: a piece begins at the merge that makes it.

    A line for each merge that joins something in one of the words, with how often its pair
    was found in the text when it was chosen. A piece of one letter is grey, a longer one
    the darker, a whole word darkest.

    Parameters
    ----------
    words : sequence of str
    merges : sequence of (str, str)
        From `pair_merges`.
    text : iterable of str
        The words that the merges come from.
    title : str
        The finding, as a sentence.

    Examples
    --------
    >>> text = ["the", "then"]
    >>> grown(["then"], [("t", "h"), ("th", "e"), ("the", "n")], text, "It grows.")
    [figure] It grows. 1: th (2 times), 2: the (2 times), 3: then (once).
    """
    lives = [_lives(word, merges) for word in words]
    lines = sorted({born for word in lives for _, _, born, _ in word})
    often = {n: _often(text, merges, n) for n in lines[1:]}
    figure, (ax,) = new_figure(6, 0.6 + 0.25 * len(lines))
    x = 0.0
    for word, life in zip(words, lives, strict=True):
        for piece, place, born, gone in life:
            top, end = (
                lines.index(n) if n is not None else len(lines) for n in (born, gone)
            )
            _piece(ax, piece, x + place, (top, end), len(piece) == len(word))
        x += len(word) + 0.9
    _merges_beside(ax, often, x - 0.9)
    ax.set_title(title, fontsize=10)
    told = (f"{n}: {''.join(merges[n - 1])} ({_times(often[n])})" for n in often)
    return Picture(figure, f"{title} {', '.join(told)}.")


def _lives(word, merges):
    """Each piece, its place in the word, the merge that makes it, the one that ends it."""
    alive, ended = [(sign, place, 0) for place, sign in enumerate(word)], []
    for n, pair in enumerate(merges, 1):
        kept = []
        for piece in alive:
            if kept and (kept[-1][0], piece[0]) == tuple(pair):
                first = kept.pop()
                ended += [(*first, n), (*piece, n)]
                piece = (first[0] + piece[0], first[1], n)
            kept.append(piece)
        alive = kept
    return ended + [(*piece, None) for piece in alive]


def _often(text, merges, n):
    """How often the pair of merge n stands in the text when it is chosen."""
    before = (pieces(word, merges[: n - 1]) for word in text)
    return sum(pair == tuple(merges[n - 1]) for word in before for pair in pairwise(word))


def _times(count):
    return "once" if count == 1 else f"{count} times"


def _piece(ax, piece, x, rows, whole):
    """A box from the row of its merge down to the row where it is joined."""
    shade = SHADES[5] if whole else SHADES[min(len(piece), 5) - 1]
    place, height = (x + 0.05, rows[0] - 0.42), rows[1] - rows[0] - 0.1
    look = {"facecolor": shade, "edgecolor": "#888", "linewidth": 0.6}
    ax.add_patch(Rectangle(place, len(piece) - 0.1, height, **look))
    style = {"ha": "center", "va": "center", "fontsize": 8, "family": "monospace"}
    colour = "white" if whole else "black"
    ax.text(x + len(piece) / 2, rows[0], piece, color=colour, **style)


def _merges_beside(ax, often, wide):
    """Each merge's number, how often its pair was found, and a line across."""
    beside, unit = {"ha": "right", "va": "center", "fontsize": 8}, wide / 20
    heads = {"merge": "pair\nfound"}
    found = {str(n): _times(count) for n, count in often.items()}
    for row, (n, count) in enumerate((heads | found).items()):
        ax.text(-2.6 * unit, row, n, color="#555", **beside)
        ax.text(-0.5 * unit, row, count, color=AS_OFTEN, linespacing=0.9, **beside)
        if row:
            ax.plot([0, wide], [row - 0.47] * 2, color="#ccc", lw=0.6, zorder=0)
    ax.set(xlim=(-4.6 * unit, wide + 0.1), ylim=(len(often) + 0.6, -0.6))
    ax.set_axis_off()


def in_use(texts, entries, title):
    """A text in fewer and fewer pieces: how many, of how large a list, how much in use.

    Between the list and what the text uses of it lies what it does not use. A point stands
    where the number of pieces bends for the last time.

    Parameters
    ----------
    texts : sequence of list of str
        The text after 0, 1, 2, … merges, each time as its pieces.
    entries : sequence of int
        How many entries the list has after as many merges.
    title : str
        The finding, as a sentence.

    Examples
    --------
    >>> texts = ["t h e t h e n".split(), "th e th e n".split(), "the the n".split()]
    >>> in_use([*texts, ["the", "then"]], [4, 5, 6, 7], "Entries fall idle.")
    [figure] Entries fall idle. After 3 merges: 2 pieces for 7, 7 entries for 4, 2 in use, \
5 not. The last bend: after 2.
    """
    figure, (ax,) = new_figure()
    many, used = [len(text) for text in texts], [len(set(text)) for text in texts]
    last, idle = len(many) - 1, entries[-1] - used[-1]
    ax.fill_between(range(last + 1), used, entries, color="#fbe6d4", lw=0)
    lines = {"pieces in the text": many, "entries in the list": entries, "in use": used}
    colours = dict(zip(lines, (AS_OFTEN, "#d9730d", "#3a923a"), strict=True))
    for name, line in lines.items():
        ax.plot(line, color=colours[name])
        ax.text(last * 1.015, line[-1], f"{line[-1]} {name}", color=colours[name], **BESIDE)
    ax.text(
        last * 0.97,
        (entries[-1] + used[-1]) / 2,
        f"{idle} not in use",
        ha="right",
        **BESIDE,
    )
    bend = _last_bend(many)
    ax.plot(bend, many[bend], "o", color=AS_OFTEN)
    ax.text(bend, many[bend] + 4, f" the last bend: after {bend}", color=AS_OFTEN, **BESIDE)
    ax.set(xlabel="merges", ylabel="how many", xlim=(0, last * 1.3), ylim=(0, None))
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= last])
    ax.set_title(title, fontsize=10)
    told = f"{many[-1]} pieces for {many[0]}, {entries[-1]} entries for {entries[0]}"
    told = f"After {last} merges: {told}, {used[-1]} in use, {idle} not."
    return Picture(figure, f"{title} {told} The last bend: after {bend}.")


def _last_bend(line):
    """The last place where a line does not go on as it came."""
    saved = [before - after for before, after in pairwise(line)]
    return max((n for n in range(1, len(saved)) if saved[n] != saved[n - 1]), default=0)


LOOKS = """blue: above 0, orange: below
black frame: made at this word
grey frame: kept, as it was
grey bar: the weight"""


def kept_looks(looks, title, words, head=0):
    """A line a word: its query, then the key and the value of each word up to it.

    What is not as it was one line higher was made at this word, and has a black frame. The
    bar under a key and its value is as long as their weight.

    Parameters
    ----------
    looks : sequence of (query, keys, values, weights)
        At each word: (n_heads, 1, d_k), (n_heads, n, d_k), (n_heads, n, d_v) and
        (n_heads, 1, n) of numbers.
    title : str
        The finding, as a sentence.
    words : sequence of str
    head : int

    Raises
    ------
    ShapeError
        If there is not one look for each word, the first at one key, each at one more.

    Examples
    --------
    >>> x, one = np.array([[[1.0, 1.0], [-1.0, 0.0]]]), np.array([[[1.0]]])
    >>> looks = [(x[:, :1], x[:, :1], x[:, :1], one), (x[:, 1:], x, x, x[:, :1] / 2)]
    >>> kept_looks(looks, "One a line.", "ab")
    [figure] One a line. a: 1 made, 0 kept, most from a (1.00); b: 1 made, 1 kept, most \
from a (0.50).
    """
    looks = [[_values(part)[head] for part in look] for look in looks]
    if [len(keys) for _, keys, *_ in looks] != [*range(1, len(words) + 1)]:
        raise ShapeError("kept_looks: each word has one look, at one key more than before.")
    figure, (ax,) = new_figure(6, 0.75 + 0.46 * len(looks) + 0.7 * (len(looks) < 4))
    top = max(float(np.abs(part).max()) for look in looks for part in look[:3]) or 1.0
    places, told, before = _places(ax, looks, words), [], []
    for row, (query, keys, values, (weights,)) in enumerate(looks):
        pairs = [*zip(keys / top, values / top, strict=True)]
        made = [not _same(pair, before[i : i + 1]) for i, pair in enumerate(pairs)]
        _strip(ax, 0, row, query[0] / top)
        for look in zip(places, pairs, made, weights, strict=False):
            _kept_look(ax, row, *look)
        best, n, before = int(np.argmax(weights)), sum(made), pairs
        most = f"most from {words[best]} ({weights[best]:.2f})"
        told.append(f"{words[row]}: {n} made, {len(made) - n} kept, {most}")
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _same(pair, before):
    """Whether a key and a value are those that stood there one line higher, if any did."""
    return any(all(map(np.array_equal, pair, old)) for old in before)


def _places(ax, looks, words):
    """Where each key begins, its value, and how wide both are; and all names."""
    d_k, d_v = (part.shape[1] for part in looks[0][1:3])
    wide = d_k + 0.4 + d_v
    starts = [d_k + 2.2 + i * (wide + 1.2) for i in range(len(looks))]
    names = [(d_k / 2, "query", QUERY)]
    for row, (x, word) in enumerate(zip(starts, words, strict=True)):
        ax.text(-0.8, row, word, ha="right", va="center", fontsize=9)
        ax.text(x + wide / 2, -1, word, ha="center", va="bottom", fontsize=9)
        names += [(x + d_k / 2, "key", KEY), (x + wide - d_v / 2, "value", VALUE)]
    for x, name, colour in names:
        ax.text(x, -0.45, name, ha="center", va="bottom", fontsize=7.5, color=colour)
    end = starts[-1] + wide
    low = 0.55 if len(words) > 3 else len(words) + 0.3  # where there is room
    ax.text(end, low, LOOKS, ha="right", va="center", fontsize=7.5, color="#555")
    ax.set(xlim=(-5, end + 0.3), ylim=(max(len(words) - 0.4, low + 0.8), -1.5))
    ax.set_axis_off()
    return [(x, x + d_k + 0.4, wide) for x in starts]


def _kept_look(ax, row, places, pair, made, weight):
    *starts, wide = places
    for x, numbers in zip(starts, pair, strict=True):
        _strip(ax, x, row, numbers, made)
    ax.add_patch(Rectangle((starts[0], row + 0.33), weight * wide, 0.16, fc=SHARE))


def _strip(ax, x, row, numbers, made=True):
    """Numbers from −1 to 1 as cells, in a black frame if they were made at this word."""
    for i, number in enumerate(numbers):
        look = {"fc": _SIGNED((number + 1) / 2), "lw": 0}
        ax.add_patch(Rectangle((x + i, row - 0.28), 1, 0.56, **look))
    look = {"ec": "black", "lw": 1.6} if made else {"ec": "#bbb", "lw": 0.6}
    ax.add_patch(Rectangle((x, row - 0.28), len(numbers), 0.56, fc="none", **look))
