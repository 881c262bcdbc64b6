"""Loss and gradients again and again: from records, until the record is a program."""

import math
from contextlib import contextmanager

import numpy as np

from tfmath.errors import NonFiniteError, TraceError, all_sound
from tfmath.model.names import flatten
from tfmath.tracing import backward, gradients, steps, watched
from tfmath.tracing.looks import looking
from tfmath.tracing.program import compiled


class Recorded:
    """The loss of tables and its gradients: traced twice, then by the program so printed.

    The first record is printed as one function of the tables. At the second step both are
    run, on other tables; only if they agree to the last bit does the function go on alone.
    It is not used

    - where a number left the record or chance entered it (`tfmath.tracing.looks`):
      ``if x.max() > 3``, ``x.value``, ``np.argmax(x)``, dropout. What follows may differ
      from step to step;
    - where it cannot be printed, or does not give what the second record gives;
    - where the tables' names, shapes or number types or the `given` arrays are no longer
      those of the record: then all begins anew;
    - where a number on the way is not finite: the record can say which.

    One thing no record tells: a block with a memory, which counts its calls and changes its
    mind later than at the second. Let it say so, by ``looked("a count")`` of
    `tfmath.tracing.looks`; then every step is traced. If it does not, the next record that
    is asked for beside the program raises.

    Attributes
    ----------
    program : Compiled or None
        What runs; it can be printed.
    """

    def __init__(self, loss_of, given=()):
        self.loss_of, self.given = loss_of, given
        self.program = self._first = self._fits = None

    def by_program(self, flat):
        """Loss and gradients, or None where there is no program for tables so named."""
        fits = self.program is not None and self._fits == _fitting(flat, self.given)
        return _run(self.program, flat) if fits and all_sound(flat.values()) else None

    def by_record(self, parameters):
        """Loss and gradients, by tracing; twice at most to get a program."""
        flat = flatten(parameters)
        with looking() as looks:
            loss = self.loss_of(parameters)
        found = float(loss.value), gradients(loss, of=_tables(loss, flat))
        if self._fits != (fits := _fitting(flat, self.given)):
            self._fits, self.program, self._first = fits, None, None if looks else loss
        elif self._first is not None:
            program = None if looks else _agreeing(self._first, flat, found)
            self.program, self._first = program, None
        elif self.program is not None:
            self.program = None if looks else _still(self.program, flat, found)
        return found


def _fitting(flat, given):
    """All that a record takes for granted."""
    tables = [(name, np.shape(a), np.asarray(a).dtype) for name, a in flat.items()]
    return tables, [np.asarray(array).tobytes() for array in given]


def _tables(loss, flat):
    found = steps(loss)
    return {name: found[name] for name in flat}


def _run(program, flat):
    """What the program gives, or None if a number on the way is not finite."""
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            loss, *grads = program(*flat.values())
    except (FloatingPointError, NonFiniteError):
        return None
    if not math.isfinite(loss):
        return None
    # Copies: one array may be the gradient by several tables.
    return float(loss), dict(zip(flat, map(np.array, grads), strict=True))


def _agreeing(loss, flat, expected):
    """The program of a record, if it gives what another record gave for its own tables."""
    try:
        with looking() as looks:
            grads = backward(loss)
        tables = _tables(loss, flat)
        program = compiled(tables.values(), [loss, *(grads[name] for name in flat)])
        found = _run(program, flat)
    except Exception:  # an operation of somebody's own may be traced, and yet no line
        return None
    return program if not looks and _same(found, expected) else None


def _still(program, flat, expected):
    """The program, if it still gives what a record gives."""
    found = _run(program, flat)
    if found is None or _same(found, expected):
        return program
    raise TraceError(
        "train: the model does not do now what it did when it was recorded: "
        f"its loss is {expected[0]!r}, by the program printed then {found[0]!r}. A "
        "function in it keeps something from call to call; let it call "
        'looked("a count") of tfmath.tracing.looks, then every step is traced.'
    )


def _same(found, expected):
    if found is None or found[0] != expected[0]:
        return False
    pairs = [(found[1][name], grad) for name, grad in expected[1].items()]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


@contextmanager
def naming_what_is_not_finite(where, parameters):
    """Look at every step that gets a name; what is not finite stops the training.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    parameters : dict

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> with naming_what_is_not_finite("here", {}):
    ...     y = named("y", 1e308 * 10 * trace(1.0, "x"))
    Traceback (most recent call last):
    tfmath.errors.NonFiniteError: here: y is the first that is not finite: inf at ().
    """
    with watched() as seen, np.errstate(over="ignore", invalid="ignore"):
        try:
            yield
        except NonFiniteError as error:
            raise NonFiniteError(
                f"{where}: {_first_bad(parameters, seen) or error}"
            ) from None
    if not np.isfinite(seen[-1].value):
        raise NonFiniteError(f"{where}: {_first_bad(parameters, seen)}")


def _first_bad(parameters, seen):
    arrays = list(flatten(parameters).items()) + [(step.name, step.value) for step in seen]
    for name, array in arrays:
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            return f"{name} is the first that is not finite: {array[place]} at {place}."
    return None
