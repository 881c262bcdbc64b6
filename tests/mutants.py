"""Planted mistakes: ``python -m tests.mutants`` shows that the tests kill each of them.

Every mutant replaces one piece of text in a copy of the project, and the tests of that
module must fail. The result is written to docs/kill_matrix.md. The known mistakes of other
implementations are among them: the variance over n − 1, ε outside the root, a mask applied
after the softmax, the frequency exponent of the wrong column.
"""

# ruff: noqa: E501  (the planted texts are lines of other files)
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "tfmath",
    "tests",
    "data",
    "tools",
    "pyproject.toml",
    "README.md",
    "requirements.txt",
)
TARGET = ROOT / "docs" / "kill_matrix.md"


class Mutant(NamedTuple):
    """A mistake: what it is, the file below tfmath/, the right text and the wrong one."""

    mistake: str
    file: str
    right: str
    wrong: str
    tests: str = ""


M = Mutant
MUTANTS = [
    # Positions and masks
    M("the exponent of the column, not of the pair", "parts/position.py",
      "(np.arange(0, d_model, 2) / d_model)", "(np.arange(0, d_model, 2) * 2 / d_model)"),
    M("cosines before sines", "parts/position.py",
      "encoding[..., 0::2] = np.sin(angles)", "encoding[..., 0::2] = np.cos(angles)"),
    M("positions counted from 1", "parts/position.py",
      "return np.arange(count)", "return np.arange(count) + 1"),
    M("a rotation the wrong way round", "parts/position.py",
      "matrix[first, second] = -np.sin", "matrix[first, second] = np.sin"),
    M("the causal mask hides oneself", "parts/masks.py",
      '"n", n), dtype=bool)', '"n", n), k=-1, dtype=bool)'),
    M("the causal mask shows one word of the future", "parts/masks.py",
      '"n", n), dtype=bool)', '"n", n), k=1, dtype=bool)'),
    M("the padding mask shows the padding alone", "parts/masks.py",
      "ids != operator.index(pad_id)", "ids == operator.index(pad_id)"),
    M("a window one too wide", "parts/masks.py", "distance <= _count", "distance - 1 <= _count"),
    M("either mask is enough", "parts/masks.py", "np.logical_and(mask, other)", "np.logical_or(mask, other)"),
    # Embedding
    M("no factor √d_model", "parts/embedding.py",
      "lookup(ids, table) * math.sqrt(table.shape[-1])", "lookup(ids, table) * 1.0"),
    M("positions left out", "parts/embedding.py", '"input", rows + position', '"input", rows + 0'),
    M("the position's float64 leaks in", "parts/embedding.py",
      "table.shape[-1], dtype=rows.dtype)", "table.shape[-1])"),
    # Softmax
    M("softmax over the wrong axis", "parts/softmax.py",
      "sums = np.sum(grown, axis=-1, keepdims=True)\n    return (grown",
      "sums = np.sum(grown, axis=0, keepdims=True)\n    return (grown"),
    M("the mask after the softmax", "parts/softmax.py",
      "wide = np.where(check_mask(mask, scores.shape), wide, -np.inf)",
      "wide = np.where(check_mask(mask, scores.shape), wide, 0.0)"),
    M("the largest score not subtracted", "parts/softmax.py",
      "grown = np.exp(wide - _top(wide))", "grown = np.exp(wide)"),
    M("float64 leaks out of softmax", "parts/softmax.py",
      "np.where(sums > 0, sums, 1)).astype(dtype, copy=False)",
      "np.where(sums > 0, sums, 1))"),
    M("a row that sees nothing divides by 0", "parts/softmax.py",
      "(grown / np.where(sums > 0, sums, 1))", "(grown / sums)"),
    M("softmax's derivative without the average", "parts/softmax.py",
      "return weights * (grad_weights - average)", "return weights * grad_weights"),
    M("softmax's derivative averages without weights", "parts/softmax.py",
      "average = np.sum(grad_weights * weights,", "average = np.mean(grad_weights,"),
    M("log_softmax's derivative of the wrong sign", "parts/softmax.py",
      "grad_logs - np.exp(logs)", "grad_logs + np.exp(logs)"),
    M("ln of 1 + x without log1p", "parts/softmax.py",
      "np.log1p(np.sum(grown, axis=-1, keepdims=True))",
      "np.log(1 + np.sum(grown, axis=-1, keepdims=True))", "accuracy"),
    # Attention and heads
    M("scores not divided by √d_k", "attention/dot_product.py",
      "np.swapaxes(key, -1, -2) / math.sqrt(query.shape[-1])",
      "np.swapaxes(key, -1, -2) / 1.0"),
    M("scores divided by d_k", "attention/dot_product.py",
      "/ math.sqrt(query.shape[-1]))\n    weights", "/ query.shape[-1])\n    weights"),
    M("the mask forgotten", "attention/dot_product.py", "softmax(scores, mask))", "softmax(scores))"),
    M("a missing transpose in the gradient by the key", "attention/dot_product.py",
      "np.swapaxes(grad_scores, -1, -2) @ query / scale",
      "grad_scores @ query / scale", "backward"),
    M("the gradient by the query not divided by √d_k", "attention/dot_product.py",
      "grad_scores @ key / scale", "grad_scores @ key", "backward"),
    M("the gradient by the value of the wrong sign", "attention/dot_product.py",
      "np.swapaxes(weights, -1, -2) @ grad_output", "np.swapaxes(weights, -1, -2) @ -grad_output", "backward"),
    M("heads joined in the wrong order", "attention/heads.py",
      "np.concatenate(outputs, axis=-1)", "np.concatenate(outputs[::-1], axis=-1)"),
    M("a key one thousandth too large", "attention/heads.py",
      'named("key", affine(key, W_K', 'named("key", affine(key * 1.001, W_K'),
    M("the output's bias forgotten", "attention/heads.py",
      "linear(heads, W_O, b_O)", "linear(heads, W_O, None)"),
    # Norm
    M("the variance over n − 1", "parts/norm.py",
      "np.mean(centred * centred, axis=-1, keepdims=True) + epsilon",
      "np.sum(centred * centred, axis=-1, keepdims=True) / (centred.shape[-1] - 1) + epsilon"),
    M("ε outside the root", "parts/norm.py",
      "return np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + epsilon)",
      "return np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True)) + epsilon"),
    M("the mean over the rows", "parts/norm.py",
      "wide - np.mean(wide, axis=-1, keepdims=True)",
      "wide - np.mean(wide, axis=0, keepdims=True)"),
    M("float32 all the way", "parts/norm.py",
      "wide = x.astype(np.float64)", "wide = x", "norm accuracy"),
    M("the norm's derivative without the stretch", "parts/norm.py",
      "(grad_output - mean - output * along)", "(grad_output - mean)", "backward"),
    M("the norm's derivative without the shift", "parts/norm.py",
      "(grad_output - mean - output * along)", "(grad_output - output * along)", "backward"),
    M("post-norm forgets the residual", "parts/norm.py",
      "changed = _added(where, x, sublayer(x))", "changed = sublayer(x)"),
    # Feed-forward
    M("a leaky ReLU", "parts/feed_forward.py",
      'np.maximum(floats("relu", x=x), 0)', 'np.maximum(floats("relu", x=x), 0.01 * x)'),
    M("GELU without √2", "parts/feed_forward.py", "erf(x / math.sqrt(2))", "erf(x)"),
    M("GELU's constant mistyped", "parts/feed_forward.py", "(x + 0.044715 *", "(x + 0.044175 *"),
    M("the bias's gradient a mean", "parts/feed_forward.py",
      "np.sum(grad_rows, axis=0)", "np.mean(grad_rows, axis=0)", "backward"),
    M("ReLU's gradient lets everything pass", "parts/feed_forward.py",
      "grad_hidden * np.greater(before, 0)", "grad_hidden * np.greater(before, -9)", "backward"),
    # Transformer
    M("cross-attention asks the decoder itself", "model/transformer.py",
      "seen = x if memory is None else memory", "seen = x"),
    M("no causal mask", "model/transformer.py",
      "mask = causal_mask(np.shape(target)[-1]) if target_mask is None else target_mask",
      "mask = target_mask"),
    M("the last norm left out", "model/transformer.py",
      'if "norm" not in parameters:', "if True:"),
    # Loss
    M("the loss is a sum", "learning/loss.py",
      "np.sum(surprise) / int(counted.sum())", "np.sum(surprise)"),
    M("padding counts in the mean", "learning/loss.py",
      "np.sum(surprise) / int(counted.sum())", "np.sum(surprise) / counted.size"),
    M("smoothing shared among the wrong words only", "learning/loss.py",
      "label_smoothing / vocab_size", "label_smoothing / (vocab_size - 1)"),
    M("the loss's derivative of the wrong sign", "learning/loss.py",
      "(softmax(logits) - wanted)", "(wanted - softmax(logits))"),
    # Learning and choosing
    M("Adam without bias correction", "learning/optimize.py",
      "m_hat, v_hat = m / (1 - beta_1**step), v / (1 - beta_2**step)", "m_hat, v_hat = m, v"),
    M("Adam's ε inside the root", "learning/optimize.py",
      "(np.sqrt(v_hat) + epsilon)", "np.sqrt(v_hat + epsilon)"),
    M("weight decay that grows", "learning/optimize.py", "keep = 1 - _positive", "keep = 1 + _positive"),
    M("the warm-up one step late", "learning/optimize.py",
      "step / warmup**1.5", "(step - 1) / warmup**1.5"),
    M("the first of the words, not the likeliest", "decoding/search.py",
      "lambda log_p, ids: log_p.argmax()", "lambda log_p, ids: log_p.argmin()"),
    M("temperature multiplied", "decoding/filters.py",
      "below_best / float(temperature)", "below_best * float(temperature)"),
    M("top-p stops one word early", "decoding/filters.py",
      "np.searchsorted(reached, p - slack) + 1", "np.searchsorted(reached, p - slack)"),
    M("the length penalty from 6", "decoding/search.py", "((5 + chosen) / 6)", "((6 + chosen) / 6)"),
    M("the cache sees one word too few", "decoding/cache.py",
      "k=cache.length, dtype=bool", "k=cache.length - 1, dtype=bool"),
    M("a dropped number not made up for", "learning/dropout.py", ">= p) / (1 - p)", ">= p) * 1.0"),
    # What a number remembers
    M("a product's derivative by itself", "tracing/rules/elementwise.py",
      "lambda g, out, a, b: like(g * b, a)", "lambda g, out, a, b: like(g * a, a)", "trace"),
    M("a quotient's derivative of the wrong sign", "tracing/rules/elementwise.py",
      "like(-g * out / b, b)", "like(g * out / b, b)", "trace"),
    M("a missing transpose behind a matrix product", "tracing/rules/products.py",
      "like(np.swapaxes(left, -1, -2) @ grad, right)",
      "like(left @ grad, right)", "trace"),
    M("places met twice overwrite", "tracing/rules/moves.py",
      "np.add.at(out, index, grad)", "out[index] = grad", "trace"),
    M("gradients by two paths not added", "tracing/gradient.py",
      "grads[id(source)] + grad", "grad", "trace"),
    M("a part of a concatenation takes the first slice", "tracing/rules/moves.py",
      "start = sum(part.shape[axis] for part in inputs[:position])", "start = 0", "trace"),
    # The witnesses
    M("the bound of a sum forgets its length", "witness/bounds.py",
      "count = value.size // several", "count = 1", "crosscheck"),
    M("the check passes what exceeds its bound", "witness/crosscheck.py",
      "if not f.share <= 1), None)", "if not f.share <= 1e9), None)", "crosscheck"),
    M("a replay that skips rounding edges", "witness/digits.py",
      "np.abs(scaled - floor(scaled) - 0.5)", "np.abs(scaled - floor(scaled))", "exact_digits"),
    M("gradients of split heads not added up", "witness/distributed.py",
      "def backward(ctx: Any, grad):\n        return added_up(grad)",
      "def backward(ctx: Any, grad):\n        return grad", "distributed"),
]  # fmt: skip


def text_of(mutant, root=ROOT):
    """The mutated file's text, or an error if the right text is not there exactly once."""
    text = (root / "tfmath" / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise ValueError(
            f"{mutant.file}: {mutant.right!r} occurs {text.count(mutant.right)} times."
        )
    return text.replace(mutant.right, mutant.wrong)


def killers_of(mutant, root=ROOT):
    """The test files that should kill a mutant, its own module's first."""
    stem = Path(mutant.file).stem
    names = mutant.tests.split() or [stem, "slope", "transformer"]
    paths = [f"tests/test_{name}.py" for name in names]
    return [path for path in paths if (root / path).exists()]


def run_tests(paths, root):
    """The name of the first test that fails, or None."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "no:xdist", "-o", "addopts=", *paths]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if run.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) tests/(test_\S+)", run.stdout, re.MULTILINE)
    return found.group(1) if found else f"stopped: {run.stdout[-200:]} {run.stderr[-200:]}"


def kill(mutant, root):
    """Plant a mutant in the copy, run its tests, and take it out again."""
    path, right = root / "tfmath" / mutant.file, text_of(mutant)
    kept = path.read_text(encoding="utf-8")
    path.write_text(right, encoding="utf-8")
    try:
        return run_tests(killers_of(mutant, root), root)
    finally:
        path.write_text(kept, encoding="utf-8")


def page(results):
    """The kill matrix as Markdown."""
    killed = sum(killer is not None for _, killer in results)
    lines = [
        "# Planted mistakes",
        "",
        f"{killed} of {len(results)} killed. Written by `python -m tests.mutants`: each mistake "
        "is planted in a copy of the package, and the tests named last must fail.",
        "",
        "| mistake | in | killed by |",
        "| --- | --- | --- |",
    ]
    for mutant, killer in results:
        killer = "**nobody**" if killer is None else f"`{killer.split('[')[0]}`"
        lines.append(f"| {mutant.mistake} | {mutant.file} | {killer} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "words", nargs="*", help="only mutants whose line holds one of these"
    )
    chosen = parser.parse_args()
    mutants = [
        m for m in MUTANTS if not chosen.words or any(w in str(m) for w in chosen.words)
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        for mutant in mutants:  # all apply, or none is tried
            text_of(mutant, root)
        paths = sorted({path for mutant in mutants for path in killers_of(mutant, root)})
        broken = run_tests(paths, root)
        if broken:
            print(f"Without any mutant {broken} fails.", file=sys.stderr)
            return 2
        results = []
        for mutant in mutants:
            start, killer = time.perf_counter(), kill(mutant, root)
            results.append((mutant, killer))
            seconds = time.perf_counter() - start
            print(
                f"{seconds:5.1f} s  {killer or 'SURVIVES':60.60}  {mutant.mistake}",
                flush=True,
            )
    if not chosen.words:
        TARGET.write_text(page(results), encoding="utf-8")
    return 0 if all(killer for _, killer in results) else 1


if __name__ == "__main__":
    sys.exit(main())
