"""A picture of a text in words: each gets its id where it stands for the first time."""

from matplotlib.patches import FancyBboxPatch

from tfmath.show.figures import Picture, new_figure
from tfmath.show.words import SHADES


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
