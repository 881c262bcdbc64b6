"""In which order a set keeps its words: another one each time Python starts."""

import os
import subprocess
import sys

from tfmath.arguments import whole


def set_in_a_new_python(words, run):
    """How a freshly started Python lists ``set(words)``.

    Parameters
    ----------
    words : sequence of str
    run : int
        It stands for the number that Python draws by chance at every start; it is given
        here, so that the same run can be had again.

    Returns
    -------
    listed : tuple of str
        Each word once.

    Raises
    ------
    ValueError
        If `run` is below 0: Python numbers its runs from 0.

    Examples
    --------
    >>> sorted(set_in_a_new_python(["you", "win", "or", "you"], run=1))
    ['or', 'win', 'you']
    """
    run = whole("set_in_a_new_python", "run", run)
    command = [sys.executable, "-c", "import sys; print(*set(sys.argv[1:]))", *words]
    settings = {**os.environ, "PYTHONHASHSEED": str(run)}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    return tuple(done.stdout.split())
