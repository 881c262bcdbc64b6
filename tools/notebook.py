"""Write, run and read the notebooks of the course from a terminal.

    python tools/notebook.py build SCRIPT.py NOTEBOOK.ipynb
    python tools/notebook.py unbuild NOTEBOOK.ipynb SCRIPT.py
    python tools/notebook.py run NOTEBOOK.ipynb ...
    python tools/notebook.py text NOTEBOOK.ipynb
    python tools/notebook.py look NOTEBOOK.ipynb FOLDER

A script is plain Python in which `# %%` starts a code cell and `# %% [markdown]` a cell
of prose, whose lines begin with `# `. More may follow in the same line, in this order:
`# %% id=c07 tags=["raises-exception"] folded`. The id is the cell's name for good; leave it
out in a new cell, and `build` finds one. `folded` hides the output until the cell is run.
The committed notebook is the source, the script only a handy way to edit it.

`run` executes a notebook in place, in its own folder, and keeps nothing that differs
from run to run: run it twice and the file is the same, byte for byte. `text` prints what
a reader sees, without any count, so that two versions can be compared. `look` opens the
notebook in JupyterLab and takes pictures of it from top to bottom.
"""

import argparse
import hashlib
import html
import json
import re
import subprocess
import sys
from pathlib import Path

# nbformat takes seconds to import: `text`, which git calls for each notebook, does without.

CELL_LINE = re.compile(
    r"^# %%(?: \[(markdown)\])?(?: id=([\w-]+))?(?: tags=(\[.*\]))?( folded)?\s*$"
)
FOLDED = {"jupyter": {"outputs_hidden": True}}
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def build(script):
    """Turn the text of a script into a notebook that has not been run."""
    import nbformat

    cells = []
    for line in script.splitlines():
        if header := CELL_LINE.match(line):
            cells.append((header, []))
        elif line.startswith("# %%"):
            raise ValueError(f"this cell line is not understood: {line}")
        elif cells:
            cells[-1][1].append(line)
        elif line.strip():
            raise ValueError(f"text before the first cell: {line}")
    built = [_cell(header, lines) for header, lines in cells]
    name_cells(built)
    return nbformat.v4.new_notebook(cells=built, metadata=METADATA)


def _cell(header, lines):
    from nbformat.v4 import new_code_cell, new_markdown_cell

    kind, name, tags, folded = header.groups()
    if kind == "markdown":
        lines = [re.sub(r"^# ?", "", line) for line in lines]
    metadata = {"tags": json.loads(tags)} if tags else {}
    new = new_markdown_cell if kind == "markdown" else new_code_cell
    made = new("\n".join(lines).strip("\n"), metadata=metadata | (FOLDED if folded else {}))
    made.id = name or ""
    return made


def name_cells(cells):
    """Give a cell without an id one that is made of its text; leave the others theirs.

    An id that two cells have, as after copying one, stays with the first.
    """
    taken, met = {cell.id for cell in cells}, set()
    for cell in cells:
        if not cell.id or cell.id in met:
            cell.id = _new_id(cell, taken)
            taken.add(cell.id)
        met.add(cell.id)


def _new_id(cell, taken):
    """The first free one of a row of ids that depends on the cell's text alone."""
    said = f"{cell.cell_type}\n{cell.source}"
    while (name := hashlib.sha256(said.encode()).hexdigest()[:8]) in taken:
        said += "\n"
    return name


def unbuild(notebook):
    """Give back the script from which `build` makes this notebook."""
    parts = []
    for cell in notebook.cells:
        tags, folded = cell.metadata.get("tags", []), is_folded(cell)
        lines = cell.source.splitlines()
        header = "# %% [markdown]" if cell.cell_type == "markdown" else "# %%"
        header += f" id={cell.id}"
        if cell.cell_type == "markdown":
            lines = [f"# {line}".rstrip() for line in lines]
        header += f" tags={json.dumps(tags)}" if tags else ""
        parts.append(header + (" folded" if folded else ""))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def is_folded(cell):
    """Whether JupyterLab hides what the cell has stored until it is run again."""
    return cell["metadata"].get("jupyter", {}).get("outputs_hidden") is True


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
    import nbformat

    notebook.metadata = nbformat.from_dict(METADATA)
    name_cells(notebook.cells)
    for cell in notebook.cells:
        kept = {"tags": tags} if (tags := cell.metadata.get("tags")) else {}
        cell.metadata = nbformat.from_dict(kept | (FOLDED if is_folded(cell) else {}))
        if cell.cell_type == "code":
            outputs = cell.outputs
            cell.outputs = [out for out in outputs if WIDGET not in out.get("data", {})]
            for output in cell.outputs:
                if output.output_type == "error":
                    # Without the frames: they hold paths of this machine.
                    output.traceback = [f"{output.ename}: {output.evalue}"]


def text(notebook):
    """The whole notebook as one text: prose, code after `>`, outputs indented.

    A cell is called by its id, not by its place: one more cell changes no other line.
    """
    parts = []
    for cell in notebook["cells"]:
        source, marks = joined(cell["source"]), list(cell["metadata"].get("tags", []))
        marks += ["folded"] if is_folded(cell) else []
        if cell["cell_type"] == "code":
            source = "\n".join(f"> {line}" for line in source.splitlines())
        parts.append(" ".join(["---", cell["id"], cell["cell_type"], *marks]))
        parts.append(source)
        for output in cell.get("outputs", []):
            parts.append("\n".join(f"    {line}" for line in said(output).splitlines()))
    return "\n".join(parts) + "\n"


def joined(lines):
    """A text that a file may hold line by line."""
    return lines if isinstance(lines, str) else "".join(lines)


def said(output):
    """What one output says, as plain text: the richest form that can be read."""
    if output["output_type"] == "stream":
        return joined(output["text"])
    if output["output_type"] == "error":
        return "\n".join(COLOUR.sub("", line) for line in output["traceback"])
    data = {kind: joined(lines) for kind, lines in output["data"].items()}
    if "image/png" in data:
        alt = output["metadata"].get("image/png", {}).get("alt", "NO ALT TEXT")
        same = hashlib.sha256(data["image/png"].strip().encode()).hexdigest()[:8]
        return f"[picture: {alt}] {same}"
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
    if given.command == "text":
        read = (json.loads(path.read_text(encoding="utf-8")) for path in given.files)
        print(*map(text, read), sep="\n", end="")
    elif given.command == "look":
        browser = Path(__file__).with_name("browser.py")
        return subprocess.call([sys.executable, browser, first, rest[0]])
    else:
        return _with_nbformat(given.command, first, rest)
    return 0


def _with_nbformat(command, first, rest):
    import nbformat

    if command == "build":
        nbformat.write(build(first.read_text(encoding="utf-8")), rest[0])
    elif command == "unbuild":
        rest[0].write_text(unbuild(nbformat.read(first, 4)), encoding="utf-8")
    else:
        return _run_all([first, *rest])
    return 0


def _run_all(paths):
    import nbformat
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
