"""Explanations as text, for a terminal."""

from tfmath.show.places import value_at, words_at
from tfmath.show.printing import ATOM, CLAIM, POWER, PRODUCT, SUM, Style, printed


def lines(explanation):
    """The lines of an explanation, its parts indented below it."""
    waiting, found = [(explanation, "")], []
    while waiting:
        part, indent = waiting.pop()
        if isinstance(part, str):
            found.append(indent + part)
            continue
        found += [indent + line for line in _own_lines(part)]
        inner = [*part.parts, *([left_out(part)] if part.left_out else [])]
        waiting += [(p, indent + "    ") for p in reversed(inner)]
    return found


def _own_lines(part):
    title = f"{place(part, part.array, part.index)} = {value_at(part.array, part.index)}"
    if part.formula is None:
        return [f"{title}  ({part.note})"]
    scope = part.scope
    return [
        f"{title}  ({scope})" if scope else title,
        f"  = {in_names(part)}",
        f"  = {in_numbers(part)}",
    ]


def left_out(part):
    return f"… ({part.left_out} more numbers)"


def place(part, array, index):
    """Where a number stands: the name that `part` has for its array, and words."""
    name, where = part.names[id(array)], ", ".join(words_at(array, index))
    return f"{name}[{where}]" if where else name


def in_names(part):
    return printed(part.formula, lambda *at: (place(part, *at), ATOM), TEXT, False)


def in_numbers(part):
    return printed(part.formula, lambda *at: _number(value_at(*at)), TEXT, True)


# How text writes a formula --------------------------------------------------------------


def _number(text):
    return text, SUM if text.startswith("-") else ATOM


def _rest(count, text):
    return f"… ({count} more)" if text is None else f"… ({count} more: {text})"


SIGNS = {"greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤"}
SIGNS |= {"equal": "=", "not_equal": "≠"}


def _function(name, texts):
    if name in SIGNS:
        return f" {SIGNS[name]} ".join(texts), CLAIM
    return f"{name}({', '.join(texts)})", ATOM


TEXT = Style(
    forms={
        "negative": ("-{}", (POWER,), SUM),
        "difference": ("{} - {}", (SUM, PRODUCT), SUM),
        "fraction": ("{} / {}", (PRODUCT, POWER), PRODUCT),
        "power": ("{}^{}", (ATOM, ATOM), POWER),
    },
    joins={
        "sum": (" + ", SUM, PRODUCT, SUM),
        "product": (" · ", PRODUCT, POWER, PRODUCT),
    },
    function=_function,
    number=_number,
    rest=_rest,
)
