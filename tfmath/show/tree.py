"""A tree of texts: each box is as tall as the beginning that ends in it is probable."""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import items, number, whole
from tfmath.errors import ShapeError
from tfmath.show.layout import PLAIN, SMALL, WIDTH, cut
from tfmath.show.machine_svg import (
    FONT,
    GROUND,
    INK,
    PALE,
    QUIET,
    _line,
    _n,
    _path,
    _tag,
    image,
)

KEPT, STREAM, SIDE = "#bcd3ee", "#dfe9f6", "#efefec"
"""Blue: what is kept, and the streams between. Grey: all other streams."""

TALL, GAP, TOP, ROOT = 430.0, 5.0, 42.0, 12.0
"""How tall a probability of 1 is; the gaps; the heads of columns; the first box's width."""


class Node(NamedTuple):
    """A beginning: its ids, how probable its last word and all of it are, what follows."""

    ids: tuple
    word: float
    total: float
    children: tuple = ()
    others: tuple = (0, 0.0)  # how many words are not drawn, and how probable they are

    @property
    def height(self):
        return TALL * self.total

    @property
    def extent(self):
        """The height that it needs with all that follows."""
        parts = [child.extent for child in self.children]
        parts += [TALL * self.others[1]] if self.children and self.others[0] else []
        return max(self.height, sum(parts) + GAP * (len(parts) - 1))


class Tree:
    """A finished picture; made by `text_tree`."""

    def __init__(self, svg, alt):
        self.svg, self.alt = svg, alt

    def __repr__(self):
        return f"[drawing] {self.alt}"

    def _repr_html_(self):
        return image(self.svg, self.alt)


def text_tree(step, start, end, length, words, title, kept=None, best=None, least=0.03):
    """Draw the probable texts of a model as a tree that grows to the right.

    All heights in a column sum to 1, what is not drawn included. With `kept`, what a method
    looked at and did not keep is struck out, and what it never looked at is pale.

    Parameters
    ----------
    step, start, end, length
        As in `all_continuations`; `start` is one id.
    words : sequence of str
        The vocabulary.
    title : str
        The finding, as a sentence.
    kept : sequence of tuple of int, optional
        The texts that a method kept, each with the start; their beginnings are kept too.
    best : tuple of int, optional
        A text to be marked, such as the most probable one.
    least : float
        Draw beginnings that are at least so probable; the others are one grey stream.

    Returns
    -------
    Tree

    Examples
    --------
    >>> table = np.log([[0.1, 0.6, 0.3], [0.05, 0.05, 0.9]])
    >>> words = ["a", "b", "<end>"]
    >>> text_tree(lambda ids: table[ids[-1]], 0, 2, 2, words, "Short.", least=0.05)
    [drawing] Short. A box as tall as its text is probable: b 0.600; b <end> 0.900 \
(in all 0.540); <end> 0.300; a 0.100; a b 0.600 (in all 0.060).
    """
    length = whole("text_tree", "length", length, least=1)
    least = number("text_tree", "least", least, above=0, most=1)
    end = whole("text_tree", "end", end)
    root = _grown(step, (whole("text_tree", "start", start),), 1.0, 1.0, end, length, least)
    if kept is not None:
        texts = items("text_tree", "kept", kept, "texts as ids")
        kept = {tuple(ids)[:n] for ids in texts for n in range(1, len(ids) + 1)}
    nodes = [node for node in _all(root) if node is not root]
    if len(words) < max([end, *root.ids, *(i for node in nodes for i in node.ids)]):
        raise ShapeError(f"text_tree: words has {len(words)} words, and ids go beyond.")
    alt = _told(title, nodes, words, kept, best)
    page = _Page(length, words, root.ids[0], end, kept, best)
    page.draw(root, TOP, 0)
    return Tree(page.text(TOP + root.extent + 4, title, alt), alt)


def _grown(step, ids, word, total, end, length, least):
    """A node and all that follows it and is probable enough."""
    if length == 0 or (len(ids) > 1 and ids[-1] == end):
        return Node(ids, word, total)
    p = np.exp(np.asarray(step(list(ids)), dtype=np.float64))
    order = [int(i) for i in np.argsort(-p, kind="stable") if p[i] > 0]
    shown = [i for i in order if total * p[i] >= least]
    rest = (len(order) - len(shown), total * float(p[order].sum() - p[shown].sum()))
    more = (
        _grown(step, (*ids, i), float(p[i]), total * float(p[i]), end, length - 1, least)
        for i in shown
    )
    return Node(ids, word, total, tuple(more), rest)


def _all(node):
    yield node
    for child in node.children:
        yield from _all(child)


def _told(title, nodes, words, kept, best):
    """The picture in words."""

    def text(node):
        return " ".join(words[i] for i in node.ids[1:])

    def share(node):
        in_all = f" (in all {node.total:.3f})" if len(node.ids) > 2 else ""
        return f"{text(node)} {node.word:.3f}{in_all}"

    listed = "; ".join(map(share, nodes))
    said = f"{title} A box as tall as its text is probable: {listed}."
    if kept is not None:
        own = [text(node) for node in nodes if node.ids in kept]
        said += f" Kept: {', '.join(own) or 'nothing'}."
    if best is not None:
        said += f" The best text: {' '.join(words[i] for i in best[1:])}."
    return said


class _Page:
    """The shapes of a tree, column by column."""

    def __init__(self, length, words, start, end, kept, best):
        self.words, self.start, self.end, self.kept, self.best = (
            words,
            start,
            end,
            kept,
            best,
        )
        self.step = (WIDTH - ROOT - 40) / length  # 40: a number behind the last column
        self.width = self.step - 34
        self.streams, self.boxes, self.length = [], [], length

    def left(self, depth):
        return 1 if depth == 0 else ROOT + 34 + (depth - 1) * self.step

    def look(self, ids):
        """ "kept", "dropped" or "unseen"; all are kept where no method is told."""
        if self.kept is None or ids in self.kept or len(ids) == 1:
            return "plain" if self.kept is None else "kept"
        behind = ids[:-1] in self.kept or len(ids) == 2
        return "dropped" if behind else "unseen"

    def draw(self, node, top, depth):
        """A node in the middle of its extent, then what follows it, from the top."""
        y = top + (node.extent - node.height) / 2
        right = self.left(depth) + (ROOT if depth == 0 else self.width)
        self.box(node, y, depth)
        below, source = (top if node.children else y), y
        for child in node.children:
            at = below + (child.extent - child.height) / 2
            colour = STREAM if self.look(child.ids) in ("kept", "plain") else SIDE
            self.stream(right, source, self.left(depth + 1), at, child.height, colour)
            self.draw(child, below, depth + 1)
            below, source = below + child.extent + GAP, source + child.height
        if node.others[0]:
            self.rest(node.others, (right, source), (self.left(depth + 1), below))

    def stream(self, x, y, to_x, to_y, height, colour):
        corners = ((x, y), (to_x, to_y), (to_x, to_y + height), (x, y + height))
        self.streams.append(_tag("path", {"d": _path(corners, "z"), "fill": colour}))

    def rest(self, others, source, place):
        """The words that are not drawn: a stream that ends."""
        count, total = others
        height = TALL * total
        self.stream(*source, *place, height, SIDE)
        look = {"x": place[0], "y": place[1], "width": self.width, "height": height}
        self.streams.append(_tag("rect", look | {"fill": SIDE}))
        if height >= SMALL:
            said = f"{count} others" if count > 1 else "1 other"
            self.say(place[0] + 5, place[1] + height / 2, said, PALE)

    def box(self, node, y, depth):
        look = self.look(node.ids)
        line = {"kept": INK, "plain": INK}.get(look, PALE)
        fill = {"kept": KEPT}.get(look, GROUND)
        place = {"x": self.left(depth), "y": y, "height": node.height, "rx": 2}
        place |= {"width": self.width if depth else ROOT, "fill": fill, "stroke": line}
        place |= {"stroke-dasharray": "3 3"} if look == "unseen" else {}
        self.boxes.append(_tag("rect", place))
        if look == "dropped":
            across = (place["x"], y + node.height), (place["x"] + place["width"], y)
            self.boxes.append(_line(_path(across), PALE, 1))
        if depth:
            self.name(node, look, self.left(depth), y + node.height / 2)

    def name(self, node, look, x, middle):
        """The word at the left, its probability at the right, the text's behind the box."""
        ink = INK if look in ("kept", "plain") else QUIET if look == "dropped" else PALE
        word = cut(self.words[node.ids[-1]], self.width - 42, SMALL)
        bold = {"font-weight": "bold"} if look == "kept" else {}
        self.say(x + 5, middle, word, ink, **bold)
        right = {"text-anchor": "end"}
        self.say(x + self.width - 5, middle, f"{node.word:.3f}", ink, **right)
        if node.ids[-1] == self.end or len(node.ids) == self.length + 1:
            self.total(node, x + self.width, middle)

    def total(self, node, x, middle):
        if node.ids != self.best:
            return self.say(x + 5, middle, f"{node.total:.3f}", QUIET)
        flag = {"x": x + 2, "y": middle - 8, "width": 36, "height": 16, "rx": 2}
        self.boxes.append(_tag("rect", flag | {"fill": INK}))
        return self.say(x + 5, middle, f"{node.total:.3f}", GROUND)

    def say(self, x, middle, text, colour, **more):
        look = {"x": x, "y": middle + 0.35 * SMALL, "font-size": SMALL, "fill": colour}
        self.boxes.append(_tag("text", look | more, text=text))

    def text(self, height, title, alt):
        heads = ("first word", "second word", "third word", "fourth word")
        self.say(0, 8, title, INK, **{"font-weight": "bold"})
        self.say(0, 30, self.words[self.start], QUIET)
        for depth in range(1, min(self.length, 4) + 1):
            self.say(self.left(depth) + 5, 30, heads[depth - 1], QUIET)
        size = {"width": WIDTH, "height": height}
        head = {"xmlns": "http://www.w3.org/2000/svg", "role": "img"}
        head |= {"viewBox": f"0 0 {_n(WIDTH)} {_n(height)}", **size}
        head |= {"font-family": FONT, "font-size": PLAIN, "fill": INK}
        inside = [_tag("title", text=title), _tag("desc", text=alt)]
        inside += [_tag("rect", size | {"fill": GROUND}), *self.streams, *self.boxes]
        return _tag("svg", head, inside="\n" + "\n".join(inside) + "\n")
