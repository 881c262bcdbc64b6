"""Pictures of one model on several processes."""

import numpy as np
from matplotlib.patches import FancyBboxPatch

from tfmath import toy
from tfmath.learning.train import make_batch
from tfmath.model.transformer import transformer
from tfmath.parts.softmax import log_softmax
from tfmath.show.figures import Picture, new_figure
from tfmath.show.numbers import number

LANES = ("#1f4e9c", "#3a8f3a")
TRAVELS, STAYS = "#d9730d", "#888888"
OF_ALL = ("#333333", "#7a4fa3", "#b03060")
ATTENTION = [
    ("x\n6 × 5", "x\n6 × 5"),
    ("head 1\n6 × 3", "head 2\n6 × 3"),
    ("W_O,\nrows 0–2", "W_O,\nrows 3–5"),
    "+",
]
FEED_FORWARD = [
    ("norm\n6 × 5", "norm\n6 × 5"),
    ("hidden\n0–3", "hidden\n4–6"),
    ("W_2,\nrows 0–3", "W_2,\nrows 4–6"),
    "+",
]
"""The encoder layer of the toy model, for `lanes`."""


def lanes(stations, title, backward=False):
    """Two processes as two lanes: what each computes, and where their parts are added.

    Parameters
    ----------
    stations : sequence of (str, str) or str
        For each place from left to right the two boxes; or a sign, in which both lanes
        meet: ``"+"`` where they are added, ``"="`` where both have the same
        and nothing travels.
    title : str
        The finding, as a sentence.
    backward : bool
        Whether the arrows run from right to left, as slopes do.
    """
    figure, (ax,) = new_figure(6, 2)
    ax.set_axis_off()
    widths = [0.44 if isinstance(s, tuple) else 0.025 * len(stations) for s in stations]
    ends = [(x - width, x + width) for x, width in enumerate(widths)]
    for x, station in enumerate(stations):
        if isinstance(station, tuple):
            _boxes(ax, x, station, 6.3 if len(stations) > 6 else 7.5)
        else:
            _sign(ax, x, station)
    for left, right, a, b in zip(ends, ends[1:], stations, stations[1:], strict=False):
        _arrows(ax, left[1], right[0], (a, b), backward)
    for y, name, colour in zip((1, 0), ("process 0", "process 1"), LANES, strict=True):
        ax.text(-0.55, y, name, ha="right", va="center", fontsize=8, color=colour)
    ax.text(-0.55, 0.5, "travels", ha="right", va="center", fontsize=7, color=TRAVELS)
    ax.set(xlim=(-1.3, len(stations) - 0.5), ylim=(-0.35, 1.35))
    figure.suptitle(title, fontsize=10)
    order = stations[::-1] if backward else stations
    return Picture(figure, f"{title} {'; then '.join(map(_said, order))}.")


def _said(station):
    if isinstance(station, tuple):
        return "process 0 {}, process 1 {}".format(*(s.replace("\n", " ") for s in station))
    return {"+": "both parts are added", "=": "both have the same"}[station]


def _boxes(ax, x, texts, size):
    for y, text, colour in zip((1, 0), texts, LANES, strict=True):
        look = {"boxstyle": "round,pad=0,rounding_size=0.05", "ec": colour, "fc": "white"}
        ax.add_patch(FancyBboxPatch((x - 0.44, y - 0.3), 0.88, 0.6, lw=1.3, **look))
        ax.text(x, y, text, ha="center", va="center", fontsize=size)


def _sign(ax, x, sign):
    colour = TRAVELS if sign == "+" else STAYS
    ax.plot([x], [0.5], "o", color="white", markeredgecolor=colour, markersize=15)
    ax.text(x, 0.49, sign, ha="center", va="center", fontsize=11, color=colour)
    if sign == "=":
        ax.text(x, 0.1, "both\nhave it", ha="center", va="top", fontsize=7, color=colour)


def _arrows(ax, left, right, between, backward):
    for y, colour in zip((1, 0), LANES, strict=True):
        meets = [not isinstance(s, tuple) for s in between]
        sign = next((s for s in between if not isinstance(s, tuple)), None)
        colour = {"+": TRAVELS, "=": STAYS}.get(sign, colour)
        start, tip = [
            (at, 0.5 if m else y) for at, m in zip((left, right), meets, strict=True)
        ]
        start, tip = (tip, start) if backward else (start, tip)
        look = {"arrowstyle": "->", "color": colour, "lw": 1.3}
        ax.annotate("", tip, start, arrowprops=look | {"shrinkA": 1, "shrinkB": 1})


def in_parts(counts, errors, title):
    """How far a sum is off, by the number of processes that share it.

    Parameters
    ----------
    counts : sequence of int
    errors : dict of str to sequence of numbers
        At most three; what is 0 is not drawn.
    title : str
        The finding, as a sentence.

    Raises
    ------
    ValueError
        If there are more than three.
    """
    if len(errors) > len(OF_ALL):
        raise ValueError(
            f"in_parts: {len(errors)} errors; at most {len(OF_ALL)} are drawn."
        )
    figure, (ax,) = new_figure(6, 2.8)
    looks = zip(errors.items(), "os^", ("-", "--", ":"), OF_ALL, strict=False)
    for (name, y), mark, style, colour in looks:
        over = np.where(np.array(y) > 0, y, np.nan)  # 0 has no place on such an axis
        ax.plot(counts, over, style, marker=mark, color=colour, markersize=4, label=name)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_xticks(counts, [f"{n:,}" for n in counts], fontsize=7)
    ax.tick_params(labelsize=7)
    ax.set_xlabel("processes", fontsize=9)
    ax.set_ylabel("error, in unit roundoffs u", fontsize=9)
    if len(errors) > 1:
        ax.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{n} {e:.2g}" for n, e in zip(counts, y, strict=True))
        for name, y in errors.items()
    )
    return Picture(figure, f"{title} By processes, {said}.")


# Sentences, and what travels ------------------------------------------------------------


def word_losses(parameters, text, quote):
    """The words of a quote, and how large the model's loss is at each.

    Parameters
    ----------
    parameters : nested dict
    text, quote : str
        What the encoder reads, and what the decoder is to write.

    Returns
    -------
    (words, losses)
    """
    batch = make_batch([(text, quote)], toy.WORDS)
    logs = log_softmax(transformer(parameters, batch.source[0], batch.target[0]))
    return [*quote.split(), "<end>"], -logs[np.arange(len(logs)), batch.following[0]]


def means(quotes, title):
    """The loss of each word, a process a quote, and what the mean of all is.

    Parameters
    ----------
    quotes : sequence of (words, losses)
        What each of two processes has, as `word_losses` gives it.
    title : str
    """
    figure, (ax,) = new_figure(6, 3)
    words = sum((quote for quote, _ in quotes), [])
    every = np.concatenate([losses for _, losses in quotes])
    start = 0
    for rank, (_, losses) in enumerate(quotes):
        _word_bars(ax, start, losses, rank)
        start += len(losses)
    both = np.mean([np.mean(losses) for _, losses in quotes])
    _level(ax, every.mean(), "mean of all words", "-")
    _level(ax, both, "mean of the two means", ":")
    ax.set_xticks(range(len(words)), words)
    ax.set_ylabel("loss of the word", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    said = ", ".join(f"{w} {number(x, 1)}" for w, x in zip(words, every, strict=True))
    levels = "; ".join(ax.get_legend_handles_labels()[1])
    return Picture(figure, f"{title} {said}. {levels}.")


def _word_bars(ax, start, losses, rank):
    places = np.arange(start, start + len(losses))
    ax.bar(places, losses, color=LANES[rank], alpha=0.45)
    label = f"mean of process {rank}: {number(np.mean(losses), 3)}"
    ends = [places[0] - 0.45, places[-1] + 0.45]
    ax.plot(ends, 2 * [np.mean(losses)], color=LANES[rank], lw=2.5, label=label)


def _level(ax, level, name, style):
    label = f"{name}: {number(level, 3)}"
    ax.axhline(level, color="#555555", lw=1.3, linestyle=style, label=label)


def two_trainings(columns, seed, title):
    """The loss of a training whose slopes are added, and of one whose slopes are not.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("two_copies")`` gives them.
    seed : int
        Which start.
    title : str
    """
    rows = [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ]
    rows = {how: [r for r in rows if (r["seed"], r["sum"]) == (seed, how)]
            for how in ("added", "forgotten")}  # fmt: skip
    figure, (ax, below) = new_figure(6, 4, 2, 1)
    said = [
        _trained(ax, rows["added"], "loss", "sum added", "#555555", "-"),
        _trained(ax, rows["forgotten"], "loss", "sum forgotten, both together",
                 "#7a4fa3", (0, (1, 2))),
        _trained(ax, rows["forgotten"], "saved", "sum forgotten, saved by process 0",
                 LANES[0], "--"),
    ]  # fmt: skip
    last = (
        f'saved at step {rows["forgotten"][-1]["step"]}: "{rows["forgotten"][-1]["says"]}"'
    )
    said.append(_trained(below, rows["forgotten"], "apart", "the copies", LANES[0], "-"))
    below.set_xlabel("step of training", fontsize=9)
    for panel, name in ((ax, "loss"), (below, "copies apart, at most")):
        panel.set_ylabel(name, fontsize=9)
        panel.tick_params(labelsize=8)
    ax.legend(fontsize=8, frameon=False, loc="center right")
    figure.suptitle(title, fontsize=10)
    figure.supxlabel(last, fontsize=8, style="italic")
    return Picture(figure, f"{title} Loss: {'; '.join(said)}; {last}.")


def _trained(ax, rows, what, name, colour, style):
    losses = [row[what] for row in rows]
    wide = 2.6 if what == "loss" and name.startswith("sum forgotten") else 1.5
    ax.plot(
        [row["step"] for row in rows], losses, color=colour, ls=style, lw=wide, label=name
    )
    return f"{name}, from {number(losses[0], 2)} to {number(losses[-1], 2)}"


def travelling(words, by_heads, by_sentences, batch, title):
    """How many numbers travel at each step of training, by how many words it sees.

    Parameters
    ----------
    words : sequence of int
    by_heads, by_sentences : sequence of numbers
        For each count of words the numbers that travel.
    batch : int
        How many words somebody's step has seen: a line stands there.
    title : str
    """
    figure, (ax,) = new_figure(6, 3)
    for y, name, style in ((by_heads, "heads", "-"), (by_sentences, "sentences", "--")):
        ax.plot(words, np.array(y) / 1e6, style, color=TRAVELS, label=f"cut between {name}")
    meet = words[0] * by_sentences[0] / by_heads[0]
    ax.plot([meet], [by_sentences[0] / 1e6], "o", color="#222222", markersize=5)
    ax.annotate(f"{meet:,.0f} words", (meet, by_sentences[0] / 1e6), (6, -14),
                textcoords="offset points", fontsize=8)  # fmt: skip
    ax.axvline(batch, color=STAYS, lw=1)
    ax.text(batch * 1.1, 4, "the paper's\nbatch", fontsize=8)
    ax.set(xscale="log", yscale="log")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlabel("words in a step of training", fontsize=9)
    ax.set_ylabel("million numbers that travel", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    rows = "; ".join(
        f"{n} words {a / 1e6:.1f} and {b / 1e6:.1f}"
        for n, a, b in zip(words, by_heads, by_sentences, strict=True)
    )
    return Picture(figure, f"{title} Million numbers by heads and by sentences: {rows}; "
                   f"equal at {meet:.0f} words.")  # fmt: skip
