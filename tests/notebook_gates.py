"""What every stored notebook must satisfy, one function a rule.

Each gate takes a notebook and returns its complaints, an empty list if there are none.
nbval runs the cells and compares their outputs; these rules say what it cannot see, and
close its false greens: it compares nothing in a cell that was never run, and no picture.
"""

import ast
import copy
import re
from decimal import Decimal
from statistics import median
from urllib.parse import unquote
from xml.etree import ElementTree

from tools.notebook import clean, words_of_page

MOST_CODE_LINES, MEDIAN_CODE_LINES = 12, 4
MOST_WORDS, MOST_CELLS = 150, 75

DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![.\d]*\d)")
SECTION = re.compile(r"(?i)(§|\bsections?|\bpython|\bequations?|\bfigures?)\s*\d+\.\d+")
SOURCE = re.compile(r"<!-- from: \S.*?-->", re.DOTALL)
MACHINE = re.compile(
    r"/home/|/root/|/tmp/|/work/|/Users/|[A-Z]:\\|site-packages"
    r"|\b0x[0-9a-fA-F]{4,}|<class |\bdtype\b|<function |<module "
)
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|get_ipython\(", re.MULTILINE)
PLOTTING = {"matplotlib", "seaborn", "plotly", "bokeh"}
IGNORES = "NBVAL_IGNORE_OUTPUT"
SVG_DATA = re.compile(r'data:\s*image/svg[^"]*', re.IGNORECASE)
SVG_SPACE = "{http://www.w3.org/2000/svg}"
SVG_SHAPES = "svg title desc rect circle path text"
SVG_LOOKS = (
    "role viewBox width height x y rx cx cy r d fill stroke stroke-width stroke-dasharray "
    "font-family font-size font-weight text-anchor text-decoration transform"
)


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def prose_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "markdown"]


def outputs_of(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def texts(output):
    """Every text an output stores, by its kind; pictures left out."""
    if output.output_type == "stream":
        return {"stream": output.text}
    if output.output_type == "error":
        return {"error": "\n".join([output.ename, output.evalue, *output.traceback])}
    kinds = output.data.items()
    return {kind: str(data) for kind, data in kinds if not kind.startswith("image/")}


def expects_an_error(cell):
    tagged = "raises-exception" in cell.metadata.get("tags", [])
    return tagged or "NBVAL_RAISES_EXCEPTION" in cell.source


def statements(cell):
    """The syntax tree of a cell; none for what is no Python (another gate's business)."""
    try:
        return list(ast.walk(ast.parse(cell.source)))
    except SyntaxError:
        return []


def imported(node):
    """The packages that a statement imports, by their first name."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return (
        {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()
    )


# The gates


def was_run_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    wanted = list(range(1, len(counts) + 1))
    return [] if counts == wanted else [f"execution counts are {counts}, not 1, 2, 3 …"]


def has_only_expected_errors(notebook):
    complaints = []
    for cell in code_cells(notebook):
        errors = [o for o in cell.outputs if o.output_type == "error"]
        if errors and not expects_an_error(cell):
            complaints.append(f"{cell.id} ends in {errors[0].ename} and is not tagged")
        if expects_an_error(cell) and not errors:
            complaints.append(f"{cell.id} is tagged as raising, but raises nothing")
    return complaints


def is_compared(notebook):
    """No cell is skipped, and one whose output is ignored says why in a comment."""
    complaints = []
    for cell in code_cells(notebook):
        marks = cell.source + " ".join(cell.metadata.get("tags", [])).upper()
        comments = [line for line in cell.source.splitlines() if line.startswith("#")]
        if "NBVAL_SKIP" in marks.replace("-", "_"):
            complaints.append(f"{cell.id} is skipped")
        if IGNORES in marks.replace("-", "_") and all(IGNORES in line for line in comments):
            complaints.append(f"{cell.id} ignores its output without saying why")
    return complaints


def types_no_unseen_decimal(notebook):
    """Every decimal in prose stands in an output too, or its paragraph names a source.

    A paragraph names it by ``<!-- from: the source -->``.
    """
    seen = set()
    for output in outputs_of(notebook):
        for kind, text in texts(output).items():
            page = words_of_page(text) if kind == "text/html" else text
            seen |= {Decimal(number) for number in DECIMAL.findall(page)}
    complaints = []
    for cell in prose_cells(notebook):
        for paragraph in re.split(r"\n\s*\n", cell.source):
            if SOURCE.search(paragraph):
                continue
            typed = DECIMAL.findall(SECTION.sub("", paragraph))
            unseen = [number for number in typed if Decimal(number) not in seen]
            complaints += [
                f"{cell.id} types {number}; no output has it" for number in unseen
            ]
    return complaints


def stores_no_svg(notebook):
    """None but the project's own drawings, whose text is the same on every run."""
    kinds = [kind for o in outputs_of(notebook) for kind in o.get("data", {})]
    pages = [text for o in outputs_of(notebook) for text in texts(o).values()]
    stored = [k for k in kinds if "svg" in k] + [p for p in pages if "<svg" in p]
    stored += [p for p in pages if not all(map(is_a_drawing, SVG_DATA.findall(p)))]
    return ["stores an SVG, which differs between releases of matplotlib"] if stored else []


def is_a_drawing(data):
    """Whether the data of an image are plain shapes and texts, with lengths in tenths.

    Nothing in them has a name that a run could invent, a style, or an address.
    """
    try:
        shapes = list(ElementTree.fromstring(unquote(data.partition(",")[2])).iter())
    except ElementTree.ParseError:
        return False
    said = [(k, v) for shape in shapes for k, v in shape.attrib.items()]
    exact = all(len(n) == 1 for _, value in said for n in re.findall(r"\.(\d+)", value))
    plain = {s.tag.removeprefix(SVG_SPACE) for s in shapes} <= set(SVG_SHAPES.split())
    return plain and {k for k, _ in said} <= set(SVG_LOOKS.split()) and exact


def describes_its_pictures(notebook):
    complaints = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for kind in ("image/png", "image/jpeg"):
                described = output.get("metadata", {}).get(kind, {}).get("alt", "")
                if kind in output.get("data", {}) and not described.strip():
                    complaints.append(f"{cell.id} stores a picture without alt text")
        for page in (t for o in cell.outputs for t in texts(o).values()):
            for image in re.findall(r"<img\b[^>]*>", page):
                if not re.search(r"""\balt=["'][^"']*\w""", image):
                    complaints.append(f"{cell.id} stores an <img> without alt text")
    for cell in prose_cells(notebook):
        if re.search(r"!\[\s*\]\(", cell.source):
            complaints.append(f"{cell.id} shows a picture without alt text")
    return complaints


def has_small_cells(notebook):
    complaints = []
    lines = {c.id: len(c.source.strip().splitlines()) for c in code_cells(notebook)}
    words = {c.id: len(c.source.split()) for c in prose_cells(notebook)}
    long = {name: n for name, n in lines.items() if n > MOST_CODE_LINES}
    wordy = {name: n for name, n in words.items() if n > MOST_WORDS}
    complaints += [f"{name} has {n} lines of code" for name, n in long.items()]
    complaints += [f"{name} has {n} words" for name, n in wordy.items()]
    if lines and median(lines.values()) > MEDIAN_CODE_LINES:
        complaints.append(
            f"its code cells have {median(lines.values())} lines at the median"
        )
    if len(notebook.cells) > MOST_CELLS:
        complaints.append(f"it has {len(notebook.cells)} cells")
    return complaints


def is_plain_python(notebook):
    complaints = []
    for cell in code_cells(notebook):
        if MAGIC.search(cell.source):
            complaints.append(f"{cell.id} has a magic or a shell command")
        if "filterwarnings" in cell.source or "simplefilter" in cell.source:
            complaints.append(f"{cell.id} silences warnings")
    return complaints


def imports_once(notebook):
    later = code_cells(notebook)[1:]
    bad = [cell.id for cell in later if any(imported(node) for node in statements(cell))]
    return [f"{name} imports; only the first code cell does" for name in bad]


def draws_nothing_itself(notebook):
    complaints = []
    for cell in code_cells(notebook):
        drawing = [node for node in statements(cell) if imported(node) & PLOTTING]
        if drawing or re.search(r"\bplt\.|\.plot\(|\.savefig\(", cell.source):
            complaints.append(f"{cell.id} has plotting code; it belongs in the package")
    return complaints


def shows_no_machine(notebook):
    """No path, address, type or dtype: they differ between machines and releases."""
    complaints = []
    for cell in code_cells(notebook):
        for text in (t for o in cell.outputs for t in texts(o).values()):
            if found := MACHINE.search(text):
                complaints.append(f"{cell.id} prints {found[0]!r}")
    return complaints


def is_clean(notebook):
    """Exactly what ``tools/notebook.py run`` leaves: an id each, no version, no time."""
    cleaned = copy.deepcopy(notebook)
    clean(cleaned)
    return [] if cleaned == notebook else ["run it again with tools/notebook.py run"]


GATES = (
    was_run_in_order,
    has_only_expected_errors,
    is_compared,
    types_no_unseen_decimal,
    stores_no_svg,
    describes_its_pictures,
    has_small_cells,
    is_plain_python,
    imports_once,
    draws_nothing_itself,
    shows_no_machine,
    is_clean,
)
