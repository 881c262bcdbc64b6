"""Explanations as LaTeX in HTML that folds open, for a notebook."""

import html
import math

from tfmath.show import as_text
from tfmath.show.places import value_at, words_at
from tfmath.show.printing import ATOM, CLAIM, POWER, PRODUCT, SUM, Style, terms

LINE = 110
"""A sum of more letters than this is shared out among several lines of a formula."""


def page(explanation):
    """The HTML of an explanation: its formula, and its parts folded away below it."""
    waiting, found = [(explanation, " open")], []
    while waiting:
        part, is_open = waiting.pop()
        if isinstance(part, str):
            found.append(part)
        elif part.formula is None:
            found.append(
                f"<div style='margin-left:1.2em'>{_title(part)} ({part.note})</div>"
            )
        else:
            found.append(
                f"<details{is_open} style='margin-left:1.2em'><summary>{_title(part)}"
                f"</summary><div>$${html.escape(block(part))}$$</div>"
            )
            waiting.append(("</details>", ""))
            if part.left_out:
                waiting.append((f"<div>{as_text.left_out(part)}</div>", ""))
            waiting += [(inner, "") for inner in reversed(part.parts)]
    return "".join(found)


def _title(part):
    where = html.escape(as_text.place(part, part.array, part.index))
    title = f"<b>{where} = {html.escape(value_at(part.array, part.index))}</b>"
    if not part.scope:
        return title
    return f"{title} <span style='color:#777'>{html.escape(part.scope)}</span>"


def block(part):
    """The formula twice, in names and in numbers, as an aligned block of LaTeX."""
    left, _ = _place(part, part.array, part.index)
    result, _ = _number(value_at(part.array, part.index))
    if part.formula is None:
        return f"{left} = {result}"
    names = terms(part.formula, lambda *at: _place(part, *at), LATEX, False)
    numbers = terms(part.formula, lambda *at: _number(value_at(*at)), LATEX, True)
    rows = [
        f"{left} &= {_in_lines(names, len(as_text.in_names(part)))}",
        f"&= {_in_lines(numbers, len(as_text.in_numbers(part)))}",
        f"&= {result}",
    ]
    return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"


def _in_lines(words, letters):
    """A sum that is too long for the page is shared out among lines."""
    share = math.ceil(len(words) / math.ceil(letters / LINE))
    lines = [" + ".join(words[i : i + share]) for i in range(0, len(words), share)]
    return r" \\ &\quad + ".join(lines)


# How LaTeX writes a formula -------------------------------------------------------------


def _place(part, array, index):
    where = ", ".join(rf"\text{{{_escaped(word)}}}" for word in words_at(array, index))
    name = _name(part.names[id(array)])
    return (f"{name}_{{{where}}}" if where else name), ATOM


def _name(name):
    """The paper's symbols as the paper writes them: W_Q as W with a raised Q."""
    symbol, _, mark = name.partition("_")
    if len(symbol) == 1 and mark and len(mark) == 1:
        return f"{symbol}^{{{mark}}}" if mark.isalpha() else f"{{{symbol}_{{{mark}}}}}"
    return rf"\text{{{_escaped(name)}}}"


def _escaped(words):
    special = {
        "\\": r"\textbackslash ",
        "~": r"\textasciitilde ",
        "^": r"\textasciicircum ",
    }
    special |= {c: "\\" + c for c in "_%&#${}"}
    return "".join(special.get(c, c) for c in words)


def _number(shown):
    """A number as text, in LaTeX; ``1.2e-9`` as a multiple of a power of ten."""
    strength = SUM if shown.startswith("-") else ATOM
    if shown.lstrip("-").isalpha():
        known = {"inf": r"\infty", "-inf": r"-\infty"}
        return known.get(shown, rf"\text{{{shown}}}"), strength
    mantissa, _, exponent = shown.partition("e")
    if not exponent:
        return shown, strength
    return rf"{mantissa} \cdot 10^{{{exponent}}}", min(strength, PRODUCT)


SIGNS = {"greater": ">", "greater_equal": r"\ge", "less": "<", "less_equal": r"\le"}
SIGNS |= {"equal": "=", "not_equal": r"\ne"}


def _function(name, texts):
    if name in SIGNS:
        return f" {SIGNS[name]} ".join(texts), CLAIM
    inner = ", ".join(texts)
    if name == "√":
        return rf"\sqrt{{{inner}}}", ATOM
    if name == "exp":
        return f"e^{{{inner}}}", POWER
    known = {"ln", "sin", "cos", "tanh", "max", "min"}
    command = rf"\{name}" if name in known else rf"\operatorname{{{_escaped(name)}}}"
    return rf"{command}\left({inner}\right)", ATOM


def _rest(count, shown):
    come_to = "" if shown is None else rf": }}{_number(shown)[0]}\text{{"
    return rf"\dots\text{{ ({count} more{come_to})}}"


LATEX = Style(
    forms={
        "negative": ("-{}", (POWER,), SUM),
        "difference": ("{} - {}", (SUM, PRODUCT), SUM),
        "fraction": (r"\frac{{{}}}{{{}}}", (SUM, SUM), POWER),
        "power": ("{{{}}}^{{{}}}", (ATOM, SUM), POWER),
    },
    joins={
        "sum": (" + ", SUM, PRODUCT, SUM),
        "product": (r" \cdot ", PRODUCT, PRODUCT, PRODUCT),
    },
    function=_function,
    number=_number,
    rest=_rest,
)
