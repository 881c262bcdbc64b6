"""The trainings with a right and with a wrong way back, as they were measured."""

import numpy as np

from tfmath.study.measured import measured


def ends(*ways, step=300):
    """The measured columns of each way at a step; of the right and the missing alone."""
    found = {
        name: np.array(column) for name, column in measured("missing_transpose").items()
    }
    return [
        {
            k: v[(found["transpose"] == way) & (found["step"] == step)]
            for k, v in found.items()
        }
        for way in ways or ("right", "missing")
    ]
