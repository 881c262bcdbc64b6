"""The text of the drawing: the same everywhere, plain, readable, escaped."""

import io
import re
import xml.etree.ElementTree as ET
from urllib.parse import quote, unquote

import nbformat
import numpy as np
import pytest
from notebook_gates import stores_no_svg
from test_machine import ATTENTION, LOGITS, RECORD, another

from tfmath.practice.start_here import worked_example
from tfmath.show.figures import new_figure
from tfmath.show.layout import WIDTH, Label
from tfmath.show.machine import machine

DRAWINGS = [{}, {"here": ATTENTION}, {"here": "decoder / layer 1", "crossed": ["norm 2"]}]


def tree(drawing):
    return ET.fromstring(drawing.svg)


@pytest.mark.parametrize("options", DRAWINGS)
def test_the_same_record_gives_the_same_text_and_so_does_another_run(options):
    first = machine(LOGITS, **options).svg
    assert first == machine(LOGITS, **options).svg
    assert first == machine(worked_example()["logits"], **options).svg


def test_the_last_bits_of_a_machine_do_not_show():
    floats = {n: s.value for n, s in RECORD.items() if s.dtype.kind == "f"}
    shaken = {name: value * (1 + 1e-14) for name, value in floats.items()}
    plain = machine(LOGITS, here=ATTENTION, heat=floats)
    assert machine(LOGITS, here=ATTENTION, heat=shaken).svg == plain.svg
    louder = {
        name: value * np.linspace(1, 2, value.shape[-1]) for name, value in floats.items()
    }
    assert machine(LOGITS, here=ATTENTION, heat=louder).svg != plain.svg


@pytest.mark.parametrize("options", DRAWINGS)
def test_it_is_plain_svg_with_a_title_and_a_description(options):
    drawing = machine(LOGITS, **options)
    root = tree(drawing)
    assert root.get("role") == "img"
    assert root[0].tag.endswith("title") and root[0].text == "The machine"
    assert root[1].tag.endswith("desc") and root[1].text == drawing.alt
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "rect", "circle", "path", "text"}
    keys = {key for element in root.iter() for key in element.attrib}
    assert not keys & {"id", "class", "style", "href", "onclick", "onload"}


def test_lengths_are_tenths():
    lengths = re.findall(r"-?\d+\.\d+", re.sub(r">[^<]*<", "><", machine(LOGITS).svg))
    assert lengths and all(len(n.partition(".")[2]) == 1 for n in lengths)


def test_words_of_a_corpus_are_text():
    drawing = machine(another(n_layers=1))
    texts = [t.text for t in tree(drawing).iter() if t.tag.endswith("text")]
    assert "<b>&'\"x" in texts and "<b>" not in drawing.svg
    shown = drawing._repr_html_()
    assert "<b>" not in shown and "<svg" not in shown
    assert shown.count("<") == 1 == shown.count(">")


def test_in_a_notebook_it_is_an_image_that_says_what_it_shows():
    drawing = machine(LOGITS)
    shown = drawing._repr_html_()
    (alt,) = re.findall(r'alt="([^"]*)"', shown)
    assert "when you play game of thrones" in alt and "die" in alt
    (data,) = re.findall(r'src="data:image/svg\+xml,([^"]*)"', shown)
    assert unquote(data) == drawing.svg
    assert repr(drawing) == f"[drawing] {drawing.alt}"


def test_letters_are_large_enough_on_a_telephone():
    sizes = {label.size for label in machine(LOGITS, here=ATTENTION).page.of(Label)}
    assert min(sizes) * 390 / WIDTH >= 9


def test_the_words_say_what_is_marked():
    options = {"here": ATTENTION, "crossed": ["norm 1"], "pale": ["decoder"]}
    said = repr(machine(LOGITS, whole=True, **options))
    assert f"You are here: {ATTENTION}. Crossed out: norm 1. Pale: decoder." in said


def test_it_is_saved_and_replaces_nothing_unless_told(tmp_path):
    drawing, path = machine(LOGITS), tmp_path / "machine.svg"
    drawing.save(path)
    assert path.read_text(encoding="utf-8") == drawing.svg
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        drawing.save(path)
    assert path.read_text() == "mine"
    drawing.save(path, overwrite=True)
    assert path.read_text(encoding="utf-8") == drawing.svg


# In a notebook ----------------------------------------------------------------------------


def stored(page):
    """A notebook with one cell, whose output is this page."""
    output = nbformat.v4.new_output("display_data", {"text/html": page})
    cell = nbformat.v4.new_code_cell("1", outputs=[output], execution_count=1)
    return nbformat.v4.new_notebook(cells=[cell])


@pytest.mark.parametrize("options", DRAWINGS)
def test_the_gate_lets_the_drawing_pass(options):
    assert stores_no_svg(stored(machine(LOGITS, **options)._repr_html_())) == []
    assert stores_no_svg(stored(machine(another(n_layers=1))._repr_html_())) == []


FOREIGN = {
    "an id": lambda text: text.replace("<rect ", "<rect id='a3f' ", 1),
    "a style": lambda text: text.replace("<rect ", "<rect style='opacity:1' ", 1),
    "a script": lambda text: text.replace("</svg>", "<script/></svg>"),
    "a link": lambda text: text.replace("</svg>", "<image href='https://a.b'/></svg>"),
    "digits": lambda text: text.replace("<path d='M", "<path d='M1.25 2M", 1),
    "no XML": lambda text: text.replace("</svg>", ""),
    "matplotlib's": lambda text: matplotlibs(),
}


def matplotlibs():
    figure, (ax,) = new_figure()
    ax.plot([1, 2])
    found = io.StringIO()
    figure.savefig(found, format="svg")
    return found.getvalue()


@pytest.mark.parametrize("name", FOREIGN)
def test_the_gate_stops_any_other_svg(name):
    text = FOREIGN[name](machine(LOGITS).svg)
    page = f'<img alt="a" src="data:image/svg+xml,{quote(text)}">'
    assert stores_no_svg(stored(page)) and stores_no_svg(stored(text))
