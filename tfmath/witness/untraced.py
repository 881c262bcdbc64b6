"""Our own source with every ``named``, ``scope`` and ``operation`` taken out.

Beside it can be measured what plain arrays pay for being traceable.
"""

import ast
import importlib
import inspect

MODULES = (
    "parts.softmax attention.dot_product parts.feed_forward attention.heads parts.norm "
    "model.layers"
).split()


class _TakenOut(ast.NodeTransformer):
    """``named("x", y)`` becomes ``y``, ``with scope(…):`` its lines; no `operation`."""

    def visit_Call(self, node):
        self.generic_visit(node)
        return node.args[1] if _is_call(node, "named") else node

    def visit_With(self, node):
        self.generic_visit(node)
        scopes = all(_is_call(item.context_expr, "scope") for item in node.items)
        return node.body if scopes else node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.decorator_list = []
        return node


def _is_call(node, name):
    return isinstance(node, ast.Call) and getattr(node.func, "id", None) == name


def without_record():
    """The layers of the model, compiled from our own source without a record.

    Returns
    -------
    dict
        From the names of the modules to their names.
    """
    spaces = {}
    for name in MODULES:
        module = importlib.import_module(f"tfmath.{name}")
        tree = _TakenOut().visit(ast.parse(inspect.getsource(module)))
        space = {"__name__": f"tfmath.{name} without a record"}
        for node in [n for n in tree.body if isinstance(n, ast.ImportFrom)]:
            known = spaces.get((node.module or "").removeprefix("tfmath."))
            if known is not None:
                tree.body.remove(node)
                space |= {alias.name: known[alias.name] for alias in node.names}
        exec(compile(tree, module.__file__, "exec"), space)  # our own source, nobody else's
        spaces[name] = space
    return spaces
