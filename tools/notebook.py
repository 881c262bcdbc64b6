"""Write, run and read the notebooks of the course from a terminal.

    python tools/notebook.py build SCRIPT.py NOTEBOOK.ipynb
    python tools/notebook.py unbuild NOTEBOOK.ipynb SCRIPT.py
    python tools/notebook.py run NOTEBOOK.ipynb ...
    python tools/notebook.py text NOTEBOOK.ipynb
    python tools/notebook.py look NOTEBOOK.ipynb FOLDER

A script is plain Python in which `# %%` starts a code cell and `# %% [markdown]` a cell
of prose, whose lines begin with `# `. Tags follow in the same line:
`# %% tags=["raises-exception"]`. The committed notebook is the source, the script only
a handy way to edit it.

`run` executes a notebook in place, in its own folder, and keeps nothing that differs
from run to run: run it twice and the file is the same, byte for byte. `look` opens the
notebook in JupyterLab and takes pictures of it from top to bottom.
"""

import argparse
import contextlib
import html
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
import nbformat.sign

CELL_LINE = re.compile(r"^# %%(?: \[(markdown)\])?(?: tags=(\[.*\]))?\s*$")
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"
CHROMIUM = "/usr/bin/chromium"
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def build(script):
    """Turn the text of a script into a notebook that has not been run."""
    cells = []
    for line in script.splitlines():
        if header := CELL_LINE.match(line):
            cells.append((header[1] or "code", json.loads(header[2] or "[]"), []))
        elif line.startswith("# %%"):
            raise ValueError(f"this cell line is not understood: {line}")
        elif cells:
            cells[-1][2].append(line)
        elif line.strip():
            raise ValueError(f"text before the first cell: {line}")
    made = [_cell(number, *cell) for number, cell in enumerate(cells, start=1)]
    return nbformat.v4.new_notebook(cells=made, metadata=METADATA)


def _cell(number, kind, tags, lines):
    if kind == "markdown":
        lines = [re.sub(r"^# ?", "", line) for line in lines]
    source = "\n".join(lines).strip("\n")
    new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    return new(source, id=f"c{number:02}", metadata={"tags": tags} if tags else {})


def unbuild(notebook):
    """Give back the script from which `build` makes this notebook."""
    parts = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        lines = cell.source.splitlines()
        header = "# %% [markdown]" if cell.cell_type == "markdown" else "# %%"
        if cell.cell_type == "markdown":
            lines = [f"# {line}".rstrip() for line in lines]
        parts.append(header + (f" tags={json.dumps(tags)}" if tags else ""))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def run(notebook, folder):
    """Execute a notebook in `folder` and clean it; a failing cell raises."""
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
    )
    client.execute()
    clean(notebook)


def clean(notebook):
    """Drop what a run leaves behind and the next run would change."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"c{number:02}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            outputs = cell.outputs
            cell.outputs = [out for out in outputs if WIDGET not in out.get("data", {})]
            for output in cell.outputs:
                if output.output_type == "error":
                    # Without the frames: they hold paths of this machine.
                    output.traceback = [f"{output.ename}: {output.evalue}"]


def text(notebook):
    """The whole notebook as one text: prose, code after `>`, outputs indented."""
    parts = []
    for number, cell in enumerate(notebook.cells, start=1):
        source, tags = cell.source, cell.metadata.get("tags", "")
        if cell.cell_type == "code":
            source = "\n".join(f"> {line}" for line in source.splitlines())
        parts.append(f"--- {number} {cell.cell_type} {tags}".rstrip())
        parts.append(source)
        for output in cell.get("outputs", []):
            parts.append("\n".join(f"    {line}" for line in said(output).splitlines()))
    return "\n".join(parts) + "\n"


def said(output):
    """What one output says, as plain text: the richest form that can be read."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join(COLOUR.sub("", line) for line in output.traceback)
    data = output.data
    if "image/png" in data:
        alt = output.metadata.get("image/png", {}).get("alt", "NO ALT TEXT")
        return f"[picture: {alt}]"
    for kind in ("text/markdown", "text/latex"):
        if kind in data:
            return data[kind]
    if "text/html" in data and data.get("text/plain", "<").startswith("<"):
        return words_of_page(data["text/html"])
    return data.get("text/plain", f"[{', '.join(data)}]")


def words_of_page(page):
    """What a page says, a line for each row and a tab between the cells of a table."""
    page = re.sub(r"(?s)<(style|script).*?</\1>", "", page)
    page = re.sub(r">\s+<", "><", page)
    page = re.sub(r"</t[dh]>", "\t", page)
    page = re.sub(r"</(tr|p|div)>", "\n", page)
    return re.sub(r"\n+", "\n", html.unescape(re.sub(r"<[^>]+>", "", page)))


@contextlib.contextmanager
def jupyterlab(folder):
    """Serve `folder` in a JupyterLab of its own; give its address, with %s for a path.

    Its settings, its list of trusted notebooks and its history lie in a temporary folder.
    """
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port, token = free.getsockname()[1], secrets.token_hex(16)
        free.close()
        Path(home, "overrides.json").write_text(json.dumps(SETTINGS))
        places = {f"JUPYTER_{name}_DIR": home for name in ("CONFIG", "DATA", "RUNTIME")}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
        command += [f"--LabApp.app_settings_dir={home}"]
        server = subprocess.Popen(
            command,
            env={**os.environ, **places, "IPYTHONDIR": home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _trust_all(folder, home)
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server)
            yield f"http://127.0.0.1:{port}/doc/tree/%s?token={token}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _trust_all(folder, home):
    notary = nbformat.sign.NotebookNotary(data_dir=home)
    for path in Path(folder).glob("*.ipynb"):
        notary.sign(nbformat.read(path, 4))
    notary.store.close()


def _wait_for(address, server, seconds=60):
    last = time.monotonic() + seconds
    while time.monotonic() < last and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start")


@contextlib.contextmanager
def opened(path, height=1600):
    """A browser page that shows a copy of the notebook in JupyterLab."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        shutil.copy(path, folder)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            with jupyterlab(folder) as address:
                page = browser.new_page(viewport={"width": 1200, "height": height})
                page.goto(address % Path(path).name)
                page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
                yield page
        finally:
            browser.close()


def look(path, folder):
    """Take pictures of a notebook, from top to bottom, as JupyterLab shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with opened(path) as page:
        page.wait_for_timeout(4000)  # formulas and pictures are set after the cells
        panel = page.locator(".jp-WindowedPanel-outer").first
        end = page.locator(".jp-Notebook .jp-Cell").last.bounding_box()
        whole, seen = end["y"] + end["height"], panel.evaluate("e => e.clientHeight")
        for number, top in enumerate(range(0, int(whole), seen - 60), start=1):
            panel.evaluate("(e, top) => e.scrollTo(0, top)", top)
            page.wait_for_timeout(300)
            taken.append(folder / f"{path.stem}_{number:02}.png")
            panel.screenshot(path=taken[-1])
    return taken


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["build", "unbuild", "run", "text", "look"])
    parser.add_argument("files", nargs="+", type=Path)
    given = parser.parse_args(arguments)
    first, *rest = given.files
    if given.command in ("build", "unbuild", "look") and len(rest) != 1:
        parser.error(f"{given.command} needs two paths")
    if given.command == "build":
        nbformat.write(build(first.read_text(encoding="utf-8")), rest[0])
    elif given.command == "unbuild":
        rest[0].write_text(unbuild(nbformat.read(first, 4)), encoding="utf-8")
    elif given.command == "text":
        for path in given.files:
            print(text(nbformat.read(path, 4)))
    elif given.command == "run":
        return _run_all(given.files)
    else:
        print(*look(first, rest[0]), sep="\n")
    return 0


def _run_all(paths):
    from nbclient.exceptions import CellExecutionError

    failed = 0
    for path in paths:
        notebook = nbformat.read(path, 4)
        try:
            run(notebook, path.resolve().parent)
        except CellExecutionError as error:
            print(f"{path}: {COLOUR.sub('', str(error))}", file=sys.stderr)
            failed += 1
        else:
            nbformat.write(notebook, path)
            print(f"{path}: {len(notebook.cells)} cells")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
