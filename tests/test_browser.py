"""The first notebook, opened and run in JupyterLab in a browser, as the learner does it."""

import time
from pathlib import Path

import nbformat
import pytest

from tfmath.explorer.notebook import SAID
from tools.browser import CHROMIUM, opened
from tools.notebook import build

ROOT = Path(__file__).resolve().parent.parent
START = ROOT / "notebooks" / "00_start_here.ipynb"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

CONTROL = """# %%
from tfmath.explorer import explorer

explorer("logits/4/17")
# %%
1 / 0
# %%
2 + 2"""

# What the prompts of the cells say: all counted, an error, none started, or still running.
STATE = """() => {
    const cells = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")]
        .filter(cell => cell.querySelector(".cm-content").innerText.trim());
    const prompts = cells.map(cell => cell.querySelector(".jp-InputPrompt").innerText);
    const error = document.querySelector(".jp-Notebook [data-mime-type*=stderr]");
    if (error) return "error";
    if (prompts.length && prompts.every(prompt => /\\d/.test(prompt))) return "done";
    return prompts.some(prompt => /[\\d*]/.test(prompt)) ? "running" : "not started";
}"""
KERNEL_READY = """async () => {
    const kernels = await (await fetch("/api/kernels")).json();
    const shown = document.querySelector(".jp-Notebook-ExecutionIndicator");
    const mine = kernels.filter(kernel => kernel.connections > 0);
    return mine.length === 1 && mine[0].execution_state === "idle"
        && shown?.dataset.status === "idle";
}"""


def wait_for(page, condition, seconds):
    """Wait until JavaScript says true; unlike `wait_for_function`, it may be async."""
    last = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < last, f"waited {seconds} s for {condition}"
        page.wait_for_timeout(200)


def choose(page, menu, entry):
    page.get_by_text(menu, exact=True).click()
    page.get_by_text(entry, exact=True).click()


def run_all(page):
    """Clear the outputs, press Run > Run All Cells, and wait; give the state it ends in.

    JupyterLab shows the notebook before it has connected to the kernel and forgets a run
    asked for in between; so, as a person would, press again when nothing starts.
    """
    wait_for(page, KERNEL_READY, seconds=60)
    choose(page, "Edit", "Clear Outputs of All Cells")
    wait_for(page, f"({STATE})() === 'not started'", seconds=10)
    for _ in range(10):
        choose(page, "Run", "Run All Cells")
        page.wait_for_timeout(1000)
        wait_for(page, f"({STATE})() !== 'running'", seconds=120)
        if page.evaluate(STATE) != "not started":
            break
    return page.evaluate(STATE)


def test_in_jupyterlab_the_first_notebook_runs_and_its_link_leads_to_the_explorer(tmp_path):
    before = START.read_bytes()
    control = tmp_path / "control.ipynb"
    nbformat.write(build(CONTROL), control)
    with opened(START, control) as (page, show):
        assert run_all(page) == "done", page.locator(".jp-Notebook").inner_text()
        with page.context.expect_page() as tab:
            page.get_by_text(SAID).first.click()
        assert "die" in tab.value.locator("#machine").inner_text()
        show(control)
        assert run_all(page) == "error"
        assert "6.069" in page.frame_locator("iframe").locator("#number").inner_text()
    assert START.read_bytes() == before
