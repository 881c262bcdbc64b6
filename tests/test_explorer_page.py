"""The page as a reader uses it, in Chromium: opened, clicked, typed into."""

import base64
import re

import numpy as np
import pytest
from explorer_engine import toy_record
from explorer_page import DIE, browser, in_chromium, opened, said, text, unfold

from tfmath import toy
from tfmath.explorer import explorer, toy_program, write_page
from tfmath.explorer.page import LARGEST, page, texts
from tfmath.model.names import flatten
from tfmath.parts.softmax import softmax
from tfmath.show import explain
from tfmath.study.crossed_out import crossed_out

pytestmark = pytest.mark.browser
__all__ = ["browser", "opened", "text"]  # fixtures, which pytest finds by their names


# The file --------------------------------------------------------------------------------


def test_it_is_the_same_twice_small_and_says_something_without_javascript(text):
    assert page(toy_program()) == text
    assert len(text.encode()) <= LARGEST
    assert texts()["noscript"] in text
    assert "http" not in re.sub(r'xmlns="[^"]*"|http://www\.w3\.org/[\w/]+', "", text)


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    place = tmp_path / "mine.html"
    place.write_text("mine")
    with pytest.raises(FileExistsError, match="--force"):
        write_page(place, toy_program())
    with pytest.raises(FileExistsError, match="another file"):
        explorer(path=place)
    assert place.read_text() == "mine"
    write_page(place, toy_program(), force=True)
    assert place.read_text() != "mine"


# Before any click -----------------------------------------------------------------------


@in_chromium
def test_on_opening_it_says_what_the_machine_reads_and_writes(opened):
    shown = opened()
    logits = toy.worked_example()["logits"]
    shares = softmax(logits.value)
    words = ["you", "win", "or", "you", "die"]
    own = [shares[i, toy.WORDS.index(word)] for i, word in enumerate(words)]
    expected = " ".join(f"{w} {p:.3f}" for w, p in zip(words, own, strict=True))
    assert said(shown, "writes").split() == ["writes", *expected.split()]
    assert "when you play game of thrones" in said(shown, "reads")
    assert texts()["guide"] in said(shown, "part")


@in_chromium
def test_its_numbers_are_compared_with_pythons_and_a_wrong_one_turns_the_line_red(opened):
    good = opened()
    assert good.locator("#check").get_attribute("class") == "good"
    program = toy_program()
    numbers = np.frombuffer(base64.b64decode(program["check"])).copy()
    assert f"{len(numbers)} numbers" in said(good, "check")
    numbers[1234] += 1e-9
    program["check"] = base64.b64encode(numbers.tobytes()).decode()
    assert opened(written=page(program)).locator("#check").get_attribute("class") == "bad"


# A number -------------------------------------------------------------------------------


@in_chromium
def test_a_link_opens_a_number_with_its_formula_in_names_and_in_numbers(opened):
    shown = opened(DIE)
    logits = toy.worked_example()["logits"]
    names, numbers = str(explain(logits, 4, 17, depth=1)).splitlines()[1:3]
    assert said(shown, "in-names") == names.strip()
    assert said(shown, "in-numbers") == numbers.strip()
    assert shown.locator("td.chosen").count() == 1
    inputs = shown.locator("#number .places.from button")
    assert inputs.count() == 8 + 1  # the last one shows all
    inputs.last.click()
    assert inputs.count() == 10
    shown.locator("#ask-digits").click()
    assert said(shown, "digits")[:12] == f"{logits.value[4, 17]:.10f}"[:12]
    shown.locator("#ask-way").click()
    assert shown.locator("#answer ol.way li").count() > 5


@in_chromium
def test_a_link_to_what_is_not_there_says_so_and_shows_the_whole(opened):
    shown = opened("#at:decoder/layer-9/output/0/0")
    assert "layer-9" in said(shown, "wrong")
    assert texts()["guide"] in said(shown, "part")


@in_chromium
@pytest.mark.parametrize(
    "part",
    [
        "at:logits/4/1%E2",
        "next:zebra",
        "toString:you",
        "slopes:zebra",
        "set:embedding/-1=3",
        "set:embedding/1.5=3",
        "set:embedding/130=3",
    ],
)
def test_a_part_of_a_link_that_says_nothing_is_named_and_changes_nothing(opened, part):
    shown = opened(f"#{part}")
    assert part in said(shown, "wrong")
    assert shown.evaluate("asHash(now.state)") == ""


@in_chromium
@pytest.mark.parametrize("typed", ["1e21", "+2", "-3e+25"])
def test_a_typed_weight_is_the_same_number_after_a_reload(opened, typed):
    shown = opened("#at:embedding/0/0")
    shown.locator("#weight").fill(typed)
    shown.locator("#weight").press("Enter")
    assert float(shown.locator("#weight").input_value()) == float(typed)
    shown.reload()
    assert said(shown, "wrong") == ""
    assert float(shown.locator("#weight").input_value()) == float(typed)


@in_chromium
def test_every_named_step_has_a_link_that_names_it(opened):
    steps = {n: s for n, s in toy.worked_example().items() if s.inputs}
    places = [
        "/".join(part.replace(" ", "-") for part in name.split(" / ")) + "/0" * step.ndim
        for name, step in steps.items()
    ]
    told = opened().evaluate(
        """places => places.map((place) => {
            const { state, unknown } = fromHash(`#at:${place}`);
            now.state = state;
            return [unknown.length, chosenPlace()?.node.name, chosenPlace()?.flat];
        })""",
        places,
    )
    assert told == [[0, name, 0] for name in steps]
    assert len(steps) > 60


# Changes --------------------------------------------------------------------------------


@in_chromium
def test_a_weight_is_typed_and_taken_back_and_no_number_changes_nothing(opened):
    shown = opened("#at:encoder/layer-1/self-attention/W_V/0/0/0")
    before = said(shown, "writes")
    shown.locator("#weight").fill("half")
    shown.locator("#weight").press("Enter")
    assert "half" in said(shown, "weight-help") and said(shown, "writes") == before
    shown.locator("#weight").fill("2.5")
    shown.locator("#weight").press("Enter")
    tables = list(flatten(toy.load()))
    place = f"{tables.index('encoder / layer 1 / self-attention / W_V')}:0"
    state = toy_program()["opening"] | {"weights": [(place, 2.5)]}
    (logits,) = [n for n in toy_record(state) if n.name == "logits"]
    shares = softmax(logits.value)[-1]
    word = toy.WORDS[shares.argmax()]
    assert said(shown, "writes").endswith(f"{word} {shares.max():.3f}")
    assert said(shown, "writes") != before
    unfold(shown, "weights")
    shown.locator("#undo").click()
    assert said(shown, "writes") == before


@in_chromium
def test_a_weight_that_is_too_large_is_told_of(opened):
    shown = opened("#at:embedding/17/4")
    shown.locator("#weight").fill("1e308")
    shown.locator("#weight").press("Enter")
    assert "too large to be kept" in said(shown, "said")
    assert "too large to be kept" in said(shown, "writes")
    shown.locator("#weight").fill("0.5")
    shown.locator("#weight").press("Enter")
    assert said(shown, "said").startswith("It writes")


@in_chromium
def test_the_weights_are_copied_as_a_file_that_the_course_loads(opened, tmp_path):
    shown = opened()
    unfold(shown, "weights")
    shown.locator("#copy-csv").click()
    file = tmp_path / "copied.csv"
    file.write_text(shown.locator("#csv").input_value())
    ours, theirs = flatten(toy.load()), flatten(toy.load(file))
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@in_chromium
def test_other_words_are_read_and_an_unknown_one_is_named(opened):
    shown = opened()
    unfold(shown, "words")
    before = said(shown, "writes")
    shown.locator("#words-source").fill("you drink wine")
    shown.locator("#take-words").click()
    assert "wine" in said(shown, "words-wrong") and said(shown, "writes") == before
    shown.locator("#words-source").fill("i drink and")
    shown.locator("#words-target").fill("i know")
    shown.locator("#take-words").click()
    assert said(shown, "writes").split()[-2] == "things"
    shown.locator("#words-source").fill(" ".join(["you"] * 17))
    shown.locator("#take-words").click()
    assert "17 words" in said(shown, "words-wrong")


@in_chromium
@pytest.mark.parametrize("kind, part", [("norm", "the norms"), ("root", "√d_k")])
def test_what_is_left_out_is_written_beside_the_untouched(opened, kind, part):
    shown = opened()
    unfold(shown, "leaving")
    shown.get_by_label(texts()[f"all {kind}"]).check()
    (row,) = crossed_out(toy.load(), [part])
    written = row["when you play game of thrones"].split()
    words = shown.locator("#without table tr:last-child .word").all_inner_texts()
    assert [word.split()[0] for word in words][: len(written)] == written
    assert texts()["not retrained"] in said(shown, "without")


@in_chromium
def test_slopes_stand_in_the_places_of_numbers_and_a_step_lowers_the_loss(opened):
    shown = opened(DIE)
    unfold(shown, "slopes")
    shown.locator("input[name=slopes][value=loss]").check()
    assert said(shown, "number-title") == "grad_logits"
    shown.locator("#learn").click()
    before, after = map(float, re.findall(r"\d\.\d+", said(shown, "learned")))
    assert after < before


@in_chromium
@pytest.mark.parametrize("word", ["die", "<start>", "thrones", "brings"])
def test_the_written_word_stays_inside_its_frame(opened, word):
    inside = opened().evaluate(
        """word => {
            drawMachine({ ...now, written: { word, share: "0.5" }, crossed: new Set() });
            const texts = [...document.querySelectorAll("#machine text")];
            const boxes = texts.map((t) => [t.textContent, t.getBBox()]);
            const at = (said) => boxes.find(([t, box]) => t === said && box.y < 30)[1];
            const [name, share] = [at(word), at("0.5")];
            const frame = document.querySelector("#machine .word.written").getBBox();
            const end = frame.x + frame.width;
            return [name.x - frame.x, end - name.x - name.width, share.x - end];
        }""",
        word,
    )
    assert min(inside) > 2, inside


@in_chromium
def test_a_word_is_written_only_when_asked(opened):
    shown = opened()
    unfold(shown, "writing")
    shown.locator("#from-start").click()
    for word in "you win or you die".split():
        assert f"“{word}”" in said(shown, "write")
        shown.locator("#write").click()
    assert shown.locator("#write").is_disabled()
    assert texts()["at end"].format(end="<end>") in said(shown, "writing")
