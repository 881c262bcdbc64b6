"""What is deliberately not traced, and what to write instead."""

_PLACES = "it gives places, which have no slope; write np.{0}(x.value)"
_IN_PLACE = "it changes numbers that the record already holds; write {0}"
_SOLVER = (
    "it is a whole algorithm; write it with @ and the like, or take "
    "np.linalg.{0}(x.value), which keeps no record"
)
_LOOK = "it only looks at numbers; write np.{0}(x.value)"
_THERE = "write np.{0}(x[~np.isnan(x)]), the numbers that are some"

# From a NumPy function's name to the second half of the sentence that refuses it.
INSTEAD = {
    "as_strided": "write np.lib.stride_tricks.sliding_window_view(x, n)",
    "apply_along_axis": "write the function for all rows at once, with axis=, or "
    "np.stack of a loop: np.stack([f(row) for row in x])",
    "apply_over_axes": "write np.sum(x, axis=(0, 1), keepdims=True) and the like",
    "piecewise": "write np.where, or np.select",
    "choose": "write np.where, np.select or x[places]",
    "compress": "write x[mask]",
    "extract": "write x[mask]",
    "interp": "write the line between two points: (1 - t) * x[below] + t * x[below + 1]",
    "digitize": "it gives places, which have no slope; write np.digitize(x.value, bins)",
    "searchsorted": "it gives places, which have no slope; write "
    "np.searchsorted(x.value, y)",
    "triu_indices_from": "write np.triu_indices(len(x))",
    "tril_indices_from": "write np.tril_indices(len(x))",
    "diag_indices_from": "write np.diag_indices(len(x), x.ndim)",
    "nonzero": _PLACES.format("nonzero") + ", or keep the mask: x[x > 0]",
    "argwhere": _PLACES.format("argwhere") + ", or keep the mask: x[x > 0]",
    "flatnonzero": _PLACES.format("flatnonzero") + ", or keep the mask: x[x > 0]",
    "argpartition": "write np.argsort(x)",
    "partition": "write np.sort(x)",
    "lexsort": _PLACES.format("lexsort"),
    "unique": _LOOK.format("unique"),
    "histogram": _LOOK.format("histogram"),
    "bincount": _LOOK.format("bincount"),
    "nanargmax": _PLACES.format("nanargmax"),
    "nanargmin": _PLACES.format("nanargmin"),
    "nanmax": "write np.max(np.where(np.isnan(x), -np.inf, x))",
    "nanmin": "write np.min(np.where(np.isnan(x), np.inf, x))",
    "nanprod": "write np.prod(np.where(np.isnan(x), 1, x))",
    "nancumsum": "write np.cumsum(np.where(np.isnan(x), 0, x))",
    "nancumprod": "write np.cumprod(np.where(np.isnan(x), 1, x))",
    "gradient": "write (x[2:] - x[:-2]) / 2, and at the ends x[1] - x[0], x[-1] - x[-2]",
    "ediff1d": "write np.diff(np.ravel(x))",
    "linspace": "write start + (stop - start) * np.linspace(0, 1, n)",
    "arange": "write start + step * np.arange(n)",
    "unwrap": "write x + (np.unwrap(x.value) - x.value): what it adds has no slope",
    "spacing": "take np.spacing(x.value), which keeps no record",
    "nextafter": "take np.nextafter(x.value, y), which keeps no record",
    "frexp": "write x / 2.0 ** np.frexp(x.value)[1]; the exponents, np.frexp(x.value)[1], "
    "have no slope",
    "ldexp": "write x * 2.0**n",
    "signbit": "write x < 0, which takes -0.0 for 0",
    "copysign": "write np.where(y < 0, -np.abs(x), np.abs(x)), which takes -0.0 for 0",
    "angle": "write np.where(x < 0, np.pi, 0), the angle of a real number",
    "imag": "write np.zeros_like(x), for it holds real numbers",
    "solve": _SOLVER.format("solve"),
    "inv": _SOLVER.format("inv"),
    "pinv": _SOLVER.format("pinv"),
    "det": _SOLVER.format("det"),
    "slogdet": _SOLVER.format("slogdet"),
    "svd": _SOLVER.format("svd"),
    "qr": _SOLVER.format("qr"),
    "eig": _SOLVER.format("eig"),
    "eigh": _SOLVER.format("eigh"),
    "eigvals": _SOLVER.format("eigvals"),
    "eigvalsh": _SOLVER.format("eigvalsh"),
    "lstsq": _SOLVER.format("lstsq"),
    "cholesky": _SOLVER.format("cholesky"),
    "matrix_rank": _SOLVER.format("matrix_rank"),
    "svdvals": _SOLVER.format("svdvals"),
    "cond": _SOLVER.format("cond"),
    "fft": "its numbers are complex; write the sums of cos and sin as products with x",
    "polyfit": "take np.polyfit(x.value, y, n), which keeps no record",
    "fill_diagonal": _IN_PLACE.format("np.where(np.eye(n, dtype=bool), value, x)"),
    "put": _IN_PLACE.format("np.where(mask, value, x)"),
    "put_along_axis": _IN_PLACE.format("np.where(mask, value, x)"),
    "place": _IN_PLACE.format("np.where(mask, value, x)"),
    "putmask": _IN_PLACE.format("np.where(mask, value, x)"),
    "copyto": _IN_PLACE.format("np.where(mask, value, x), or x = y"),
    "shuffle": _IN_PLACE.format("x[rng.permutation(len(x))]"),
    "at": _IN_PLACE.format("x + scattered numbers, such as np.eye(n)[ids].T @ y"),
    "reduce": "write functools.reduce(f, x), with that function as f; it goes along the "
    "first axis",
    "reduceat": "write np.stack([part.sum(axis=0) for part in np.split(x, places[1:])]), "
    "for places that grow from 0",
    "accumulate": "write np.stack(list(itertools.accumulate(x, f))), with that function as "
    "f; it goes along the first axis",
    "save": "write np.save(path, x.value)",
    "savez": "write np.savez(path, x=x.value)",
    "savetxt": "write np.savetxt(path, x.value)",
}
INSTEAD |= dict.fromkeys(("ifft", "rfft", "irfft", "fft2", "fftn"), INSTEAD["fft"])
_LOOKS = "histogram2d histogramdd unique_values unique_counts unique_inverse unique_all"
INSTEAD |= {name: _LOOK.format(name) for name in _LOOKS.split()}
_OF_TWO = "isin union1d intersect1d setdiff1d setxor1d"
INSTEAD |= {
    name: f"it only looks at numbers; write np.{name}(x.value, y)"
    for name in _OF_TWO.split()
}
_OF_SOME = "nanmedian nanstd nanvar"
INSTEAD |= {name: _THERE.format(name.removeprefix("nan")) for name in _OF_SOME.split()}
INSTEAD |= {
    f"nan{name}": f"write np.{name}(x[~np.isnan(x)], q), the numbers that are some"
    for name in ("quantile", "percentile")
}
INSTEAD["savez_compressed"] = INSTEAD["savez"]

# From a method of arrays that is not traced to what to write instead.
METHODS = {
    "sort": "x = np.sort(x), for x.sort() changes numbers in place",
    "partition": "x = np.sort(x)",
    "fill": "np.full_like(x, number)",
    "put": "np.where(mask, value, x)",
    "resize": "np.reshape or np.pad",
    "nonzero": "x[x > 0] with the mask itself",
    "choose": "np.select",
    "compress": "x[mask]",
    "flat": "np.ravel(x)",
    "view": "x itself, or x.astype(dtype) for another number type",
    "conj": "x itself: it holds real numbers",
    "conjugate": "x itself: it holds real numbers",
    "imag": "np.zeros_like(x): it holds real numbers",
    "argpartition": "np.argsort(x)",
    "searchsorted": "(y[:, np.newaxis] > x).sum(axis=1)",
    "setflags": "x itself: it never changes",
}
