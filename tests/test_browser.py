"""The first notebook, opened and run in JupyterLab in a browser, as the learner does it."""

from pathlib import Path

import nbformat
import pytest

from tools.notebook import CHROMIUM, build, opened

ROOT = Path(__file__).resolve().parent.parent
START = ROOT / "notebooks" / "00_start_here.ipynb"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

ALL_DONE = """() => {
    const cells = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")]
        .filter(cell => cell.querySelector(".cm-content").innerText.trim());
    const counts = cells.map(cell => cell.querySelector(".jp-InputPrompt").innerText);
    return counts.length > 0 && counts.every(count => /^\\[\\d+\\]:$/.test(count));
}"""
STOPPED = "() => document.querySelector('.jp-Notebook [data-mime-type*=stderr]') !== null"
# The notebook is there before its kernel is; a run asked for in between is lost.
KERNEL_READY = """async () => {
    const kernels = await (await fetch("/api/kernels")).json();
    const shown = document.querySelector(".jp-Notebook-ExecutionIndicator");
    return kernels.length === 1 && kernels[0].connections > 0
        && kernels[0].execution_state === "idle" && shown.dataset.status === "idle";
}"""
WITHOUT_COUNTS = (
    "() => !/\\[\\d+\\]:/.test(document.querySelector('.jp-Notebook').innerText)"
)


def run_all(page):
    """Clear the outputs, press Run > Run All Cells, and wait; give the texts of errors.

    Cells after a failing one are never run, so the wait ends at the first error too.
    """
    page.wait_for_function(KERNEL_READY, polling=300, timeout=60_000)
    page.get_by_text("Edit", exact=True).click()
    page.get_by_text("Clear Outputs of All Cells", exact=True).click()
    page.wait_for_function(WITHOUT_COUNTS)
    page.get_by_text("Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_function(f"() => ({ALL_DONE})() || ({STOPPED})()", timeout=40_000)
    errors = page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.stderr']")
    return errors.all_inner_texts()


@pytest.mark.skipif(not START.exists(), reason=f"no {START.name} yet")
def test_the_first_notebook_runs_in_jupyterlab():
    before = START.read_bytes()
    with opened(START) as page:
        assert run_all(page) == []
        assert page.locator(".jp-OutputArea-output").count() > 0
    assert START.read_bytes() == before


def test_an_error_is_seen(tmp_path):
    """Control of the test above."""
    path = tmp_path / "broken.ipynb"
    nbformat.write(build("# %%\n1 / 0\n# %%\n1 + 1"), path)
    with opened(path) as page:
        errors = run_all(page)
    assert len(errors) == 1 and "ZeroDivisionError" in errors[0]
