"""What is deliberately not traced, and what to write instead."""

_PLACES = "it gives places, which have no slope; write np.{0}(x.value)"
_IN_PLACE = "it changes numbers that the record already holds; write {0}"
_SOLVER = (
    "it is a whole algorithm; write it with @ and the like, or take "
    "np.linalg.{0}(x.value), which keeps no record"
)
_LOOK = "it only looks at numbers; write np.{0}(x.value)"

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
    "digitize": _PLACES.format("digitize"),
    "searchsorted": _PLACES.format("searchsorted"),
    "nonzero": _PLACES.format("nonzero") + ", or keep the mask: x[x > 0]",
    "argwhere": _PLACES.format("argwhere") + ", or keep the mask: x[x > 0]",
    "flatnonzero": _PLACES.format("flatnonzero") + ", or keep the mask: x[x > 0]",
    "argpartition": "write np.argsort(x)",
    "partition": "write np.sort(x)",
    "lexsort": "write np.argsort(x)",
    "unique": _LOOK.format("unique"),
    "histogram": _LOOK.format("histogram"),
    "bincount": _LOOK.format("bincount"),
    "nanargmax": _PLACES.format("nanargmax"),
    "nanargmin": _PLACES.format("nanargmin"),
    "nanmax": "write np.max(np.where(np.isnan(x), -np.inf, x))",
    "nanmin": "write np.min(np.where(np.isnan(x), np.inf, x))",
    "gradient": "write np.diff(x), or the differences x[2:] - x[:-2] themselves",
    "ediff1d": "write np.diff(x)",
    "linspace": "write start + (stop - start) * np.linspace(0, 1, n)",
    "arange": "write start + step * np.arange(n)",
    "unwrap": "write np.where on np.diff(x)",
    "fmod": "write x % y",
    "spacing": "take np.spacing(x.value), which keeps no record",
    "nextafter": "take np.nextafter(x.value, y), which keeps no record",
    "frexp": "write np.log2(x)",
    "ldexp": "write x * 2.0**n",
    "signbit": "write x < 0",
    "copysign": "write np.abs(x) * np.sign(y)",
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
    "reduceat": "write np.stack([np.sum(part) for part in np.split(x, places)])",
    "accumulate": "write np.stack of a loop, or np.cumsum, np.cumprod",
    "save": "write np.save(path, x.value)",
    "savez": "write np.savez(path, x=x.value)",
    "savetxt": "write np.savetxt(path, x.value)",
}
INSTEAD |= dict.fromkeys(("ifft", "rfft", "irfft", "fft2", "fftn"), INSTEAD["fft"])
INSTEAD |= dict.fromkeys(("histogram2d", "histogramdd"), INSTEAD["histogram"])
INSTEAD |= dict.fromkeys(
    ("unique_values", "unique_counts", "union1d", "intersect1d", "setdiff1d", "isin"),
    INSTEAD["unique"],
)
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
    "view": "x.astype(dtype)",
    "conj": "x itself: it holds real numbers",
    "setflags": "x itself: it never changes",
}
