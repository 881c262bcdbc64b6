"""Write chapters as pages that need no network: to read, to send, to print.

    python tools/page.py FOLDER [NOTEBOOK.ipynb ...]

Without notebooks, all chapters of the course. Formulas are drawn, pictures are in the page;
what answers a prediction is folded, and unfolds when it is printed. Links from chapter to
chapter lead to pages, those into the explorer to a copy beside them.
"""

import argparse
import html
import re
import sys
from pathlib import Path

import ziamath
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from tfmath.explorer import FILE, explorer

SIZE = 16
"""Of the letters in formulas, in pixels: as large as those of the text beside them."""

COURSE = Path(__file__).resolve().parent.parent / "notebooks"

TEMPLATE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
main { max-width: 960px; margin: auto; overflow-wrap: anywhere }
div.formula { overflow: auto hidden; padding: .4em 0; text-align: center }
span.formula { display: inline-block; line-height: 0 }
td, th { overflow-wrap: normal }
summary { cursor: pointer; padding: .3em 0; margin-left: 72px }
.jp-RenderedHTMLCommon, .jp-InputArea-editor, .jp-OutputArea-output { overflow-x: auto }
@media (max-width: 600px) { .jp-InputPrompt, .jp-OutputPrompt { display: none }
  summary { margin-left: 0 } }
@media print {
  main { max-width: none } .jp-InputArea-editor pre { white-space: pre-wrap }
  .jp-RenderedHTMLCommon, .jp-OutputArea-output { overflow: visible }
  td, th { white-space: normal !important } .wide table { font-size: 8px !important }
  .wide td, .wide th { padding: 1px 2px !important } .formula svg { max-width: 100% }
  .jp-OutputArea-output, img, table, .formula { break-inside: avoid }
  h1, h2, h3 { break-after: avoid }
  details::details-content { content-visibility: visible }
}
</style>
{%- endblock -%}
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output">
<img alt="{{ output | get_metadata('alt', 'image/png') | escape_html }}"
 src="data:image/png;base64,{{ output.data['image/png'] }}">
</div>
{%- endblock -%}
{%- block output_group -%}
{%- if (cell.metadata.jupyter or {}).outputs_hidden -%}
<details class="jp-Cell-outputWrapper"><summary>Show what comes out</summary>
{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
"""

_BLOCK = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
ziamath.config.svg2 = False  # no letter is drawn by pointing at another formula's
_TEXT = re.compile(r"\\text\{[^{}]*\}")  # in which "<start>" must not be read as a tag
_ROW = re.compile(r"<tr.*?</tr>", re.DOTALL)
WIDE = 9
"""A table of more columns is written smaller on paper."""

_LINK = re.compile(r'(<a [^>]*href="[^":#]*)\.ipynb((?:#[^"]*)?")')


def drawn(latex, block=False):
    """A formula as a picture, which reads aloud as its LaTeX.

    Examples
    --------
    >>> drawn("x^2").partition("<svg")[0].partition(" style")[0]
    '<span class="formula" role="img" aria-label="x^2"'
    """
    latex = latex.strip()
    plain = _TEXT.sub(lambda text: html.escape(text[0], quote=False), latex)
    try:
        formula = ziamath.Latex(plain, size=SIZE, inline=not block)
    except Exception as error:  # it has no error of its own
        raise ValueError(f"page: {latex!r} cannot be drawn: {error!r}.") from error
    tag = "div" if block else "span"
    said = f'class="formula" role="img" aria-label="{html.escape(latex)}"'
    low = f' style="vertical-align:{formula.getyofst():.1f}px"'
    picture = formula.svg().replace(' xmlns="http://www.w3.org/2000/svg"', "")  # as in HTML
    return f"<{tag} {said}{'' if block else low}>{picture}</{tag}>"


class _Renderer(IPythonRenderer):
    """Markdown to HTML, the formulas drawn."""

    def block_math(self, body):
        return drawn(body, block=True)

    def inline_math(self, body):
        return drawn(body)

    def latex_environment(self, name, body):
        return drawn(rf"\begin{{{name}}}{body}\end{{{name}}}", block=True)


class Page(HTMLExporter):
    """One notebook as one page that asks for nothing."""

    def __init__(self, **options):
        super().__init__(raw_template=TEMPLATE, **options)

    @pass_context
    def markdown2html(self, context, source):
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = _Renderer(escape=False, embed_images=True, path=path)
        return MarkdownWithMath(renderer=renderer).render(source)

    def from_notebook_node(self, nb, resources=None, **options):
        for cell in nb.cells:
            for output in cell.get("outputs", ()):
                _ready_for_paper(output.get("data", {}))
        text, resources = super().from_notebook_node(nb, resources, **options)
        return _LINK.sub(r"\1.html\2", text), resources


def _ready_for_paper(data):
    """Draw the formulas in an output, those of `explain`, and mark a wide table."""
    if "text/html" not in data:
        return
    text = _BLOCK.sub(
        lambda found: drawn(html.unescape(found[1]), block=True), data["text/html"]
    )
    cells = max((len(re.findall("<t[dh]", row)) for row in _ROW.findall(text)), default=0)
    data["text/html"] = f'<div class="wide">{text}</div>' if cells > WIDE else text


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("notebooks", type=Path, nargs="*")
    parser.add_argument("--overwrite", action="store_true", help="replace pages there")
    chosen = parser.parse_intermixed_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for notebook in chosen.notebooks or sorted(COURSE.glob("*.ipynb")):
        out = chosen.folder / f"{notebook.stem}.html"
        if out.exists() and not chosen.overwrite:
            print(f"{out} is there; --overwrite replaces it.", file=sys.stderr)
            return 2
        out.write_text(Page().from_filename(str(notebook))[0])
        print(out)
    explorer(path=chosen.folder / FILE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
