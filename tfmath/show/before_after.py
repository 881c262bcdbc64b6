"""Bars before and after something was done; ways to the last word; one step in numbers."""

import numpy as np
from matplotlib.patches import Rectangle

from tfmath.arguments import number
from tfmath.errors import ShapeError
from tfmath.parts.softmax import softmax
from tfmath.show.figures import _SIGNED, Picture, _axes, new_figure
from tfmath.show.reading import LOOKS, SHARE, STATE, WORD, WRITER, _arrow, _sheet, _state

PAIR = "#9db4d6", "#d9730d"
"""The colours of before and after."""
PALE = "#cccccc"


def before_after(panels, names, times, title, label):
    """Two bars for each name, one panel a model; each bar has its number at its end.

    Parameters
    ----------
    panels : dict of str to (2, n) of numbers from 0 to 1
        What each model does, before and after.
    names : sequence of str
        Of the n pairs, from the top down.
    times : (str, str)
        What the bars of a pair are called.
    title : str
        The finding, as a sentence.
    label : str
        What the bars measure.

    Raises
    ------
    ShapeError
        If a model has not one number before and one after for each name.

    Examples
    --------
    >>> before_after({"a": [[0.5], [0.25]]}, ["seen"], ("now", "then"), "Half.", "share")
    [figure] Half. share, now and then: a: seen 0.50, 0.25.
    """
    heights = {name: np.asarray(both, dtype=float) for name, both in panels.items()}
    for name, both in heights.items():
        if both.shape != (2, len(names)):
            raise ShapeError(
                f"before_after: {name} {both.shape} must be (2, n_names) = {2, len(names)}."
            )
    figure, axes = new_figure(7, 0.9 + 0.5 * len(names), 1, len(panels))
    for ax, (name, both) in zip(axes, heights.items(), strict=True):
        _two_bars(ax, both, times)
        ax.set_yticks(range(len(names)), names if ax is axes[0] else [], fontsize=8)
        ax.set_title(name, fontsize=9)
        _axes(ax, label, "")
    axes[-1].legend(fontsize=8, frameon=False, loc="upper right", bbox_to_anchor=(1.02, 1))
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{name}: {_pairs(names, both)}" for name, both in heights.items())
    return Picture(figure, f"{title} {label}, {times[0]} and {times[1]}: {said}.")


def _two_bars(ax, both, times):
    at = np.arange(both.shape[1])
    for row, place, colour, time in zip(both, (-0.2, 0.2), PAIR, times, strict=True):
        drawn = ax.barh(at + place, row, height=0.38, color=colour, label=time)
        ax.bar_label(drawn, [f"{x:.2f}" for x in row], fontsize=7, padding=2)
    ax.set_xlim(0, 1.2)
    ax.set_xticks([0, 0.5, 1])
    ax.invert_yaxis()


def _pairs(names, both):
    return ", ".join(f"{n} {a:.2f}, {b:.2f}" for n, a, b in zip(names, *both, strict=True))


def first_to_last(n, gaps, title):
    """Three ways from the first of n words to the last, that of the first drawn strong.

    Parameters
    ----------
    n : int
        How many words.
    gaps : sequence of int
        How far back the window of each layer looks, from the lowest layer on.
    title : str
        The finding, as a sentence.

    Raises
    ------
    ShapeError
        If after those layers the last word has not heard the first.

    Examples
    --------
    >>> first_to_last(4, [1, 2], "Three, two, one.")
    [figure] Three, two, one. Steps: in turn 3; windows with gaps 2; one look 1.
    """
    ways = {
        "in turn": ("simple", [((i, 0), (i + 1, 0)) for i in range(n - 1)]),
        "windows with gaps": ("convolution", _windows(n, gaps)),
        "one look": ("attention", [((i, 0), (n - 1, 1)) for i in range(n)]),
    }
    figure, axes = new_figure(6, 2.4, n_cols=3)
    told = []
    for ax, (name, (look, lines)) in zip(axes, ways.items(), strict=True):
        strong = _from_the_first(lines)
        if not strong or strong[-1][1][0] != n - 1:
            raise ShapeError(f"first_to_last: gaps {list(gaps)} do not join {n} words.")
        _draw(ax, n, lines, strong, LOOKS[look][0])
        ax.set_title(f"{name}: {len(strong)}", fontsize=9)
        ax.set_ylim(-1, len(gaps) + 0.5)
        told.append(f"{name} {len(strong)}")
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Steps: {'; '.join(told)}.")


def _windows(n, gaps):
    """What the last word hears, from the lowest layer on: lines from row to row."""
    heard, lines = {n - 1}, []
    for level in range(len(gaps), 0, -1):
        gap = gaps[level - 1]
        pairs = {(i - back, i) for i in heard for back in (0, gap) if i >= back}
        lines = [((a, level - 1), (b, level)) for a, b in sorted(pairs)] + lines
        heard = {a for a, _ in pairs}
    return lines


def _from_the_first(lines):
    """The lines on which the first word travels; each line begins where one ended."""
    here, walked = (0, 0), []
    for start, end in lines:
        if start == here:
            here = end
            walked.append((start, end))
    return walked


def _draw(ax, n, lines, strong, colour):
    for line in lines:
        style = {"color": colour, "linewidth": 3} if line in strong else {"color": PALE}
        ax.plot(*zip(*line, strict=True), zorder=1 + (line in strong), **style)
    dots = {(i, 0) for i in range(n)} | {end for line in lines for end in line}
    ax.scatter(*zip(*sorted(dots), strict=True), 14, WORD, zorder=3)
    for i in range(n):
        ax.text(i, -0.5, str(i + 1), fontsize=8, color=WORD, ha="center", va="center")
    ax.set_axis_off()


_STEP = (
    ((1.9, -1.55), (1.9, -0.3), SHARE),
    ((5.8, -0.8), (5.8, -0.3), WRITER),
    ((4.3, -1.1), (5.5, -1.1), SHARE),
    ((5.8, -1.8), (5.8, -1.4), WRITER),
    ((7.8, 0), (7.8, 1.4), STATE),
    ((6.4, 1.7), (7.5, 1.7), SHARE),
    ((8.1, 1.7), (8.95, 1.7), STATE),
)
"""The arrows of `one_gated_step`: from where, to where, and whose."""


def one_gated_step(kept, forget, written, let_in, shown, title):
    """A cell on its way through one step, and the state that is shown of it.

    Parameters
    ----------
    kept, written : number
        What the cell holds before, and what is offered to it.
    forget, let_in, shown : number from 0 to 1
        How far the forget gate, the input gate and the output gate stand open.
    title : str
        The finding, as a sentence.
    """
    _between_0_and_1(forget=forget, let_in=let_in, shown=shown)
    now = forget * kept + let_in * written
    state = _minus(shown * np.tanh(now))
    figure, ax = _sheet((0, 10), (-2.3, 2.6), 3.2)
    ax.plot([0.9, 9.1], [0, 0], color=STATE, linewidth=3, zorder=1)
    for x, y, text in ((0.7, 0, _minus(kept)), (9.3, 0, _minus(now)), (9.3, 1.7, state)):
        _state(ax, x, y, text, STATE, 0.6)
    for x, y, text in ((1.9, 0, "×"), (5.8, 0, "+"), (5.8, -1.1, "×"), (7.8, 1.7, "×")):
        _sign(ax, x, y, text)
    for arrow in _STEP:
        _arrow(ax, *arrow)
    _say_the_parts(ax, {"forget": forget, "input": let_in, "output": shown}, written)
    _say_the_way(ax, forget * kept, let_in * written, np.tanh(now))
    ax.set_title(title, fontsize=10)
    return Picture(
        figure,
        f"{title} The cell {_minus(kept)} times the forget gate {forget:.3g}, plus the "
        f"candidate {_minus(written)} times the input gate {let_in:.3g}, is {_minus(now)}; "
        f"its tanh times the output gate {shown:.3g} is the state {state}.",
    )


def _between_0_and_1(**gates):
    for name, gate in gates.items():
        number("one_gated_step", name, gate, least=0, most=1)


def _say_the_parts(ax, gates, written):
    """The words of `one_gated_step`: what each box and each arrow is."""
    forget, let_in, shown = (f"{name} gate {x:.3g}" for name, x in gates.items())
    for x, y, text, colour, where in (
        (1.9, -1.8, forget, SHARE, "center"),
        (4.2, -1.1, let_in, SHARE, "right"),
        (6.3, 1.7, shown, SHARE, "right"),
        (5.8, -2.1, f"candidate {_minus(written)}", WRITER, "center"),
        (0.7, 0.6, "cell before", STATE, "center"),
        (9.3, -0.6, "cell after", STATE, "center"),
        (9.3, 2.3, "state", STATE, "center"),
    ):
        ax.text(x, y, text, fontsize=9, color=colour, ha=where, va="center")


def _say_the_way(ax, kept, added, bent):
    """The numbers on the arrows of `one_gated_step`."""
    for x, y, text, colour, where in (
        (3.85, 0.3, _minus(kept), STATE, "center"),
        (6.0, -0.55, _minus(added), WRITER, "left"),
        (7.95, 0.8, f"tanh: {_minus(bent)}", STATE, "left"),
    ):
        ax.text(x, y, text, fontsize=9, color=colour, ha=where, va="center")


def _minus(x):
    return f"{x:.3g}".replace("-", "−")


def one_look_back(query, states, v, title):
    """One look of a writer at a reader's states by Bahdanau's score, W and U being 1.

    Parameters
    ----------
    query : number
        The writer's state.
    states : (n,)
        The reader's, a number each: keys and values.
    v : number
    title : str
        The finding, as a sentence.

    Examples
    --------
    >>> one_look_back(2, [-2, 1], 2, "Most from the second.")
    [figure] Most from the second. Weights 0.120, 0.880; the mixture 0.639.
    """
    states = np.asarray(states, dtype=float)
    hidden = np.tanh(query + states)
    weights = softmax(v * hidden)
    figure, ax = _sheet((-3.4, len(states) - 0.4), (-0.5, 6.7), 4)
    ax.plot([-0.9, len(states) - 1], [1.2, 1.2], color=WRITER, linewidth=1.4, zorder=1)
    _state(ax, -1.1, 1.2, _minus(query), WRITER, 0.5)
    for at, column in enumerate(zip(states, hidden, weights, strict=True)):
        _one_column(ax, at, query, v, *column)
    middle = (len(states) - 1) / 2
    for at, weight in enumerate(weights):
        ax.plot([at, middle], [4.9, 6.1], color=SHARE, linewidth=7 * weight, zorder=0)
    mixture = _minus(weights @ states)
    _state(ax, middle, 6.1, mixture, WRITER, 0.6)
    _say_the_rows(ax, v)
    ax.set_title(title, fontsize=10)
    listed = ", ".join(f"{w:.3f}" for w in weights)
    return Picture(figure, f"{title} Weights {listed}; the mixture {mixture}.")


def _one_column(ax, at, query, v, state, hidden, weight):
    """From a state up to its weight."""
    _state(ax, at, 0, _minus(state), STATE, 0.5)
    if at:
        _arrow(ax, (at - 0.73, 0), (at - 0.27, 0), STATE)
    for low, high in ((0.28, 0.95), (1.45, 2.15), (2.65, 3.25), (3.75, 4.35)):
        _arrow(ax, (at, low), (at, high), SHARE)
    _sign(ax, at, 1.2, "+")
    ax.text(at + 0.07, 1.8, _minus(query + state), fontsize=9, color=SHARE, va="center")
    for y, x in ((2.4, hidden), (3.5, v * hidden)):
        ax.text(at, y, _minus(x), fontsize=9, color=WORD, ha="center", va="center")
    box = {"facecolor": _SIGNED(0.5 + weight / 2), "edgecolor": SHARE, "linewidth": 0.6}
    ax.add_patch(Rectangle((at - 0.25, 4.35), 0.5, 0.55, zorder=2, **box))
    ink = {"color": "white" if weight > 0.6 else WORD, "ha": "center", "va": "center"}
    ax.text(at, 4.62, f"{weight:.3f}", fontsize=9, zorder=3, **ink)


def _say_the_rows(ax, v):
    for y, text, colour in (
        (0, "the reader's states", STATE),
        (1.2, "query +", WRITER),
        (2.4, "tanh", WORD),
        (3.5, f"times v = {_minus(v)}: score", WORD),
        (4.62, "softmax: weight", WORD),
        (6.1, "weights times states: mixture", WRITER),
    ):
        ax.text(-3.4, y, text, fontsize=9, color=colour, va="center")


def _sign(ax, x, y, text):
    """A circle that is round in any frame: its size is that of its letter."""
    box = {"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": "#333"}
    ax.text(x, y, text, ha="center", va="center", fontsize=11, zorder=3, bbox=box)
