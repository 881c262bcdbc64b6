"""One table of example calls: at least one for every row of `RULES`, and for composites.

Composites that have none here stand in `idioms.py`.

The tests of rows in `test_rows.py` and `test_bounds_of_rows.py` run all of them. To add an
operation, add a line: its name (with a remark after a colon, if it has several), the call,
the same for PyTorch's tensors (None: the call itself), and the shapes of its arrays.
Shapes differ and broadcast, so that an axis that is mixed up is seen. An operation that
adds many numbers up needs an example called "long" as well, for its bound.
"""

import numpy as np
import torch
from house import of_a_test
from idioms import IDIOMS
from phrases import LONG, PHRASES

from tfmath import cross_entropy, log_softmax, softmax, standardize
from tfmath.learning.loss import target_distribution
from tfmath.parts.softmax import logsumexp
from tfmath.parts.standardize import row_deviation, row_mean, varying_deviation
from tfmath.tracing import Traced, constant
from tfmath.tracing.array import record
from tfmath.tracing.composites import COMPOSITES
from tfmath.tracing.frozen import ARRAY
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules import row as rows

TARGETS = np.array([4, 1, 0])
HIDDEN = np.array([[1, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 1, 0, 0, 1]], bool)
PLAIN = np.arange(12.0).reshape(4, 3)
F, T = torch.nn.functional, torch.tensor


def draw(*shapes, seed=0, dtype=np.float64):
    """Positive numbers, all different, away from every kink."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.5, 2.0, shape).astype(dtype) for shape in shapes]


def row_of(name, *arrays, **options):
    """A row that no NumPy function leads to, run or recorded."""
    traced = any(isinstance(array, Traced) for array in arrays)
    return (record if traced else plain)(name, *arrays, **options)


def plain(name, *arrays, **options):
    return RULES[name].call(*arrays, **options)


def scattered(a, places, shape):
    return row_of("scatter", a, places, index=ARRAY, shape=shape)


def torch_scattered(a, places, n):
    return torch.zeros(n, *a.shape[1:], dtype=a.dtype).index_add(0, T(places), a)


def cube_root(a):
    return torch.sign(a - 1) * abs(a - 1) ** (1 / 3)


def hidden(scores):
    return torch.where(T(HIDDEN), scores, -torch.inf)


def wanted(a, *sizes):
    """Target distributions beside numbers that vary."""
    targets = constant("targets", TARGETS, beside=a)
    return a[:, :1] * target_distribution(targets, *sizes, dtype=a.dtype.name)


def pair(name, theirs=None, shapes=((3, 1), (4,))):
    """NumPy's and PyTorch's functions of one name."""
    return (getattr(np, name), getattr(torch, theirs or name), *shapes)


def one(name, theirs=None):
    return pair(name, theirs, ((3, 4),))


def joined(name):
    ours, theirs = getattr(np, name), getattr(torch, name)
    return lambda a, b: ours(a > 1, b > 1), lambda a, b: theirs(a > 1, b > 1), (3, 1), (4,)


def deviation(a):
    return torch.sqrt(a.var(-1, correction=0, keepdim=True) + 1e-5)


ELEMENTWISE = {
    "add": (lambda a, b: a + b, None, (3, 1), (4,)),
    "subtract": (lambda a, b: a - b, None, (4,), (2, 3, 1)),
    "multiply": (lambda a, b: a * b, None, (3, 4), (3, 1)),
    "divide": (lambda a, b: a / b, None, (3, 1), (2, 1, 4)),
    "power": (lambda a, b: a**b, None, (3, 1), (4,)),
    "power: a cube": (lambda a: a**3, None, (3, 4)),
    "power: a root": (lambda a: a**0.5, None, (3, 4)),
    "power: whole numbers": (
        lambda a: a ** np.arange(4), lambda a: a ** torch.arange(4), (3, 4)),
    "add: python numbers": (lambda a: 1 - 2 * a / 3 + a**2 - 2.0**a, None, (3, 4)),
    "multiply: a mask": (lambda a: a * (a > 1), None, (3, 4)),
    "negative": (lambda a: -a, None, (3, 4)),
    **{name: one(name) for name in "exp log expm1 log1p sqrt square tanh sin cos".split()},
    "erf": (lambda a: row_of("erf", a), torch.erf, (3, 4)),
    "absolute": (lambda a: abs(a - 1), None, (3, 4)),
    "maximum": pair("maximum"),
    "minimum": pair("minimum", shapes=((2, 1, 4), (3, 4))),
    "where": (
        lambda a, b: np.where(HIDDEN, a, b),
        lambda a, b: torch.where(T(HIDDEN), a, b), (5,), (3, 1)),
    "where: a comparison": (
        lambda a, b: np.where(a > b, a * a, b),
        lambda a, b: torch.where(a > b, a * a, b), (3, 1), (4,)),
}  # fmt: skip

FUNCTIONS = {
    **{name: one(name) for name in "log2 log10 exp2 tan arctan sinh cosh arcsinh".split()},
    "cbrt": (lambda a: np.cbrt(a - 1), cube_root, (3, 4)),
    **{name: (lambda a, f=name: getattr(np, f)(a / 4),
              lambda a, f=name: getattr(torch, f)(a / 4), (3, 4))
       for name in ("arcsin", "arccos", "arctanh")},
    "arccosh": (lambda a: np.arccosh(a + 1), lambda a: torch.arccosh(a + 1), (3, 4)),
    **{name: pair(name) for name in ("arctan2", "hypot", "logaddexp", "logaddexp2")},
    **{name: (lambda a, f=name: getattr(np, f)(3 * a - 3),
              lambda a, f=name: getattr(torch, f)(3 * a - 3), (3, 4))
       for name in ("sign", "floor", "ceil", "trunc")},
    "rint": (np.rint, torch.round, (3, 4)),
    "floor_divide": (lambda a, b: (5 * a) // b, None, (3, 1), (4,)),
    "remainder": (lambda a, b: (5 * a) % b, None, (3, 1), (4,)),
    "remainder: below 0": (lambda a: -a % 0.75, None, (3, 4)),
}  # fmt: skip

COMPARISONS = {
    **{name: pair(name) for name in "greater greater_equal less less_equal".split()},
    "equal": pair("equal", "eq"),
    "not_equal": pair("not_equal", "ne"),
    **{f"logical_{name}": joined(f"logical_{name}") for name in ("and", "or", "xor")},
    **{f"bitwise_{name}": joined(f"bitwise_{name}") for name in ("and", "or", "xor")},
    "logical_not": (
        lambda a: np.logical_not(a > 1), lambda a: torch.logical_not(a > 1), (3, 4)),
    "invert": (lambda a: ~(a > 1), None, (3, 4)),
    **{name: one(name) for name in ("isfinite", "isinf", "isnan")},
}  # fmt: skip

REDUCTIONS = {
    "sum": (lambda a: a.sum(axis=1), lambda a: a.sum(1), (3, 4, 2)),
    "sum: all": (np.sum, torch.sum, (3, 4)),
    "sum: several axes": (
        lambda a: np.sum(a, axis=(-1, 0)), lambda a: a.sum((-1, 0)), (2, 3, 4)),
    "sum: reduce": (lambda a: np.add.reduce(a), lambda a: a.sum(0), (3, 4)),
    "sum: Python's own": (lambda a: sum(a), None, (3, 4)),
    "sum: long": (lambda a: a.sum(axis=0), lambda a: a.sum(0), (LONG, 2)),
    "mean": (lambda a: a.mean(axis=(0, -1)), lambda a: a.mean((0, -1)), (3, 4, 2)),
    "mean: kept": (
        lambda a: a.mean(axis=-1, keepdims=True),
        lambda a: a.mean(-1, keepdim=True), (3, 4)),
    "mean: long": (lambda a: a.mean(axis=-1), lambda a: a.mean(-1), (2, LONG)),
    "max": (
        lambda a: a.max(axis=-1, keepdims=True),
        lambda a: a.amax(-1, keepdim=True), (3, 4)),
    "max: all": (lambda a: a.max(), None, (3, 4)),
    "min": (np.min, torch.min, (3, 4)),
}  # fmt: skip

RUNNING = {
    "cumsum": (
        lambda a: np.cumsum(a, axis=1), lambda a: torch.cumsum(a, 1), (2, 3, 4)),
    "cumsum: in a row": (np.cumsum, lambda a: torch.cumsum(a.ravel(), 0), (3, 4)),
    "cumsum: long": (lambda a: a.cumsum(-1), lambda a: a.cumsum(-1), (2, LONG)),
    "cumprod": (
        lambda a: np.cumprod(a, axis=1), lambda a: torch.cumprod(a, 1), (2, 3, 4)),
    "cumprod: a zero": (
        lambda a: np.cumprod(a * np.array([1, 0, 1, 1.0]), axis=1),
        lambda a: torch.cumprod(a * T([1, 0, 1, 1.0]), 1), (3, 4)),
    "prod": (lambda a: a.prod(axis=1), lambda a: a.prod(1), (2, 3, 4)),
    "prod: all": (np.prod, torch.prod, (3, 4)),
    "prod: kept": (
        lambda a: a.prod(axis=0, keepdims=True), lambda a: a.prod(0, keepdim=True), (3, 4)),
    "prod: a zero": (
        lambda a: np.prod(a * np.array([1, 0, 1, 1.0]), axis=-1),
        lambda a: torch.prod(a * T([1, 0, 1, 1.0]), -1), (3, 4)),
    "prod: two zeros": (
        lambda a: np.prod(a * np.array([0, 0, 1, 1.0]), axis=-1) + a[:, 0],
        lambda a: torch.prod(a * T([0, 0, 1, 1.0]), -1) + a[:, 0], (3, 4)),
    "prod: long": (
        lambda a: (1 + a / LONG).prod(axis=0), lambda a: (1 + a / LONG).prod(0), (LONG, 2)),
    "argsort": (
        lambda a: np.argsort(a, axis=0), lambda a: torch.argsort(a, 0), (4, 3)),
}  # fmt: skip

PRODUCTS = {
    "matmul": (lambda a, b: a @ b, None, (2, 1, 3, 4), (5, 4, 6)),
    "matmul: row row": (lambda a, b: a @ b, None, (4,), (4,)),
    "matmul: row matrix": (lambda a, b: a @ b, None, (4,), (2, 4, 3)),
    "matmul: matrix row": (lambda a, b: a @ b, None, (2, 3, 4), (4,)),
    "matmul: plain on the left": (lambda a: PLAIN @ a, lambda a: T(PLAIN) @ a, (3, 2)),
    "matmul: long": (lambda a, b: a @ b, None, (2, LONG), (LONG, 2)),
    "einsum": (
        lambda a, b: np.einsum("bik, bjkl -> jbi", a, b),
        lambda a, b: torch.einsum("bik, bjkl -> jbi", a, b), (2, 3, 4), (2, 5, 4, 6)),
    "einsum: without an arrow": (
        lambda a, b: np.einsum("ij,kj", a, b),
        lambda a, b: torch.einsum("ij,kj", a, b), (3, 4), (2, 4)),
    "einsum: one operand": (
        lambda a: np.einsum("ijk->j", a), lambda a: torch.einsum("ijk->j", a), (2, 3, 4)),
    "einsum: long": (
        lambda a, b: np.einsum("ik,k->i", a, b),
        lambda a, b: torch.einsum("ik,k->i", a, b), (2, LONG), (LONG,)),
}  # fmt: skip

MOVES = {
    "transpose": (
        lambda a: np.transpose(a, (2, 0, 1)), lambda a: a.permute(2, 0, 1), (2, 3, 4)),
    "reshape": (lambda a: a.reshape(4, -1), None, (2, 3, 4)),
    "broadcast_to": (
        lambda a: np.broadcast_to(a, (2, 3, 4)),
        lambda a: torch.broadcast_to(a, (2, 3, 4)), (3, 1)),
    "concatenate": (
        lambda a, b: np.concatenate([a, b, a], axis=-1),
        lambda a, b: torch.cat([a, b, a], -1), (3, 4), (3, 2)),
    "getitem": (lambda a: a[[2, 0, 2], 1:], None, (3, 4)),
    "getitem: ellipsis": (lambda a: a[..., 1:, None, ::2], None, (2, 3, 4)),
    "getitem: backwards": (
        lambda a: a[::-1, 2:0:-1], lambda a: a.flip(0, 1)[:, 1:3], (2, 4)),
    "getitem: a number": (lambda a: a[1, 2], None, (3, 4)),
    "getitem: in pairs": (lambda a: a[[0, 2, 0], [1, 1, 1]], None, (3, 4)),
    "getitem: a mask": (lambda a: a[HIDDEN], lambda a: a[T(HIDDEN)], (3, 5)),
    "getitem: new axes": (lambda a: a[:, None], None, (3, 4)),
    "scatter": (
        lambda a: scattered(a, np.array([4, 0, 4]), (5, 2)),
        lambda a: torch_scattered(a, [4, 0, 4], 5), (3, 2)),
    "scatter: long": (
        lambda a: scattered(a, np.arange(LONG) % 2, (3,)),
        lambda a: torch_scattered(a, np.arange(LONG) % 2, 3), (LONG,)),
    "astype": (lambda a: a.astype(np.float64), lambda a: a.double(), (3, 4)),
    "ones_like": (lambda a: row_of("ones_like", a), torch.ones_like, (3, 4)),
    "copy": (lambda a: a.copy(), torch.clone, (3, 4)),
}  # fmt: skip

PARTS = {
    "softmax": (
        lambda a: softmax(a, HIDDEN), lambda a: torch.softmax(hidden(a), -1), (3, 5)),
    "softmax: long": (softmax, lambda a: torch.softmax(a, -1), (2, LONG)),
    "log_softmax": (log_softmax, lambda a: torch.log_softmax(a, -1), (2, 3, 5)),
    "log_softmax: long": (log_softmax, lambda a: torch.log_softmax(a, -1), (1, LONG)),
    "logsumexp": (logsumexp, lambda a: torch.logsumexp(a, -1), (2, 3, 5)),
    "logsumexp: a mask": (
        lambda a: logsumexp(a, HIDDEN), lambda a: torch.logsumexp(hidden(a), -1), (3, 5)),
    "logsumexp: long": (logsumexp, lambda a: torch.logsumexp(a, -1), (2, LONG)),
    "standardized": (standardize, lambda a: F.layer_norm(a, a.shape[-1:]), (2, 3, 5)),
    "standardized: long": (standardize, lambda a: F.layer_norm(a, a.shape[-1:]), (2, LONG)),
    "row_mean": (row_mean, lambda a: a.mean(-1, keepdim=True), (2, 3, 5)),
    "row_mean: long": (row_mean, lambda a: a.mean(-1, keepdim=True), (2, LONG)),
    "row_deviation": (
        lambda a: row_deviation(a, row_mean(a)), deviation, (2, 3, 5)),
    "varying_deviation": (
        lambda a: varying_deviation(a, row_deviation(a, row_mean(a))), deviation, (3, 5)),
    "varying_deviation: long": (
        lambda a: varying_deviation(a, row_deviation(a, a[:, :1])), deviation, (1, LONG)),
    "row_deviation: long": (
        lambda a: row_deviation(a, row_mean(a)), deviation, (2, LONG)),
    "target_distribution": (
        lambda a: wanted(a, 5, 0.1),
        lambda a: a[:, :1] * T(target_distribution(TARGETS, 5, 0.1)), (3, 5)),
    "target_distribution: long": (
        lambda a: wanted(a, LONG, 0.1),
        lambda a: a[:, :1] * T(target_distribution(TARGETS, LONG, 0.1)), (3, 1)),
    "cross_entropy": (
        lambda a: cross_entropy(a, TARGETS, label_smoothing=0.3, ignore_id=1),
        lambda a: F.cross_entropy(a, T(TARGETS), label_smoothing=0.3, ignore_index=1),
        (3, 5)),
    "cross_entropy: long": (
        lambda a: cross_entropy(a, TARGETS[:2], label_smoothing=0.1),
        lambda a: F.cross_entropy(a, T(TARGETS[:2]), label_smoothing=0.1), (2, LONG)),
}  # fmt: skip


EXAMPLES = ELEMENTWISE | FUNCTIONS | COMPARISONS | REDUCTIONS | RUNNING | PRODUCTS
EXAMPLES |= MOVES | PARTS | PHRASES


def names(examples):
    """The rows and composites that a table of examples calls."""
    return {name.split(":")[0] for name in examples}


def without_example(rules=RULES, composites=COMPOSITES, examples=EXAMPLES):
    """What has no example; and what adds many numbers up but has no long one."""
    rules = {name: rule for name, rule in rules.items() if not of_a_test(rule)}
    missing = set(rules) - names(examples)
    missing |= set(composites) - names(examples) - names(IDIOMS)
    long = {name.split(":")[0] for name in examples if name.endswith(": long")}
    return missing | {name for name, rule in rules.items() if adds_up(rule)} - long


def adds_up(rule):
    own = callable(rule.error) and rule.labels is not rows.words.elementwise
    return rule.error in ("sums", "products") or own
