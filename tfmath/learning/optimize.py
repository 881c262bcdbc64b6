"""Moving every parameter a little downhill: SGD, momentum, Adam, and how fast to go.

Parameters and gradients are dicts, name → array. Nothing is changed in place: each step
gives back new parameters (and a new state), so the old ones can still be looked at.
"""

import math

import numpy as np

from tfmath.arguments import number, whole
from tfmath.learning import state as memory
from tfmath.learning.state import State, arrays, as_one_row, at_step, matched


def start_state(parameters):
    """Give the state before the first step: nothing but zeros.

    Parameters
    ----------
    parameters : dict of name → array

    Returns
    -------
    state : State

    Examples
    --------
    >>> start_state({"b_1": np.array([0.5, 2.0])})
    State(step=0, mean={'b_1': array([0., 0.])}, square={'b_1': array([0., 0.])})
    """
    parameters = arrays("start_state", "parameters", parameters)
    zeros = {name: np.zeros_like(array) for name, array in parameters.items()}
    return State(0, zeros, dict(zeros))


def sgd(parameters, gradients, learning_rate):
    r"""Go a step downhill: :math:`\theta \leftarrow \theta - \eta\, g`.

    Parameters
    ----------
    parameters, gradients : dict of name → array
        The same names and shapes.
    learning_rate : float
        :math:`\eta`, above 0.

    Returns
    -------
    parameters : dict of name → array

    Raises
    ------
    ValueError
        If names differ, the learning rate is not above 0, or a gradient is not finite.

    Examples
    --------
    >>> sgd({"w": np.array([1.0, 2.0])}, {"w": np.array([10.0, -10.0])}, 0.1)
    {'w': array([0., 3.])}
    """
    parameters, gradients = matched("sgd", parameters, gradients)
    rate = number("sgd", "learning_rate", learning_rate, above=0)
    return {name: array - rate * gradients[name] for name, array in parameters.items()}


def momentum(parameters, gradients, state, learning_rate, beta=0.9):
    r"""Roll downhill: old gradients push on, fading.

    .. math:: m \leftarrow \beta m + g \qquad \theta \leftarrow \theta - \eta\, m

    Parameters
    ----------
    parameters, gradients : dict of name → array
    state : State
        From `start_state`, then from the step before.
    learning_rate : float
    beta : float
        What is left of a push after one step, 0 … 1 without 1.

    Returns
    -------
    parameters, state

    Notes
    -----
    As ``torch.optim.SGD(momentum=beta)``: g is not scaled by 1 − β, so steady gradients
    move 1 / (1 − β) times as far as in `sgd`.

    Examples
    --------
    The same push of 1 twice: the moves are 0.1 · 1 and 0.1 · (0.5 + 1).

    >>> w, g = {"w": np.array([1.0])}, {"w": np.array([1.0])}
    >>> w, state = momentum(w, g, start_state(w), 0.1, beta=0.5)
    >>> momentum(w, g, state, 0.1, beta=0.5)[0]["w"].round(9)
    array([0.75])
    """
    where = at_step("momentum", state)
    parameters, gradients = matched(where, parameters, gradients, state)
    rate = number(where, "learning_rate", learning_rate, above=0)
    beta = number(where, "beta", beta, least=0, below=1)
    mean = {name: beta * state.mean[name] + g for name, g in gradients.items()}
    moved = {name: array - rate * mean[name] for name, array in parameters.items()}
    return moved, State(state.step + 1, mean, state.square)


def adam(
    parameters, gradients, state, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8
):
    r"""Move every number by about the learning rate, whatever the size of its gradient.

    .. math::
        m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad
        v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2

        \theta \leftarrow \theta - \eta\,
            \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Both averages start at zero and are too small at first; the divisions by
    :math:`1 - \beta^t` mend that.

    Parameters
    ----------
    parameters, gradients : dict of name → array
    state : State
        From `start_state`, then from the step before; its step + 1 is :math:`t`.
    learning_rate : float
    beta_1, beta_2 : float
        What the averages keep of their past, 0 … 1 without 1.
    epsilon : float
        Above 0: keeps a gradient that was always 0 from giving 0 / 0.

    Returns
    -------
    parameters, state

    Raises
    ------
    NonFiniteError
        If the square of a gradient is no number any more, in float32 from about 1e20 on.

    Notes
    -----
    Algorithm 1 of [1]_. "Attention Is All You Need" takes beta_2 = 0.98, epsilon = 1e-9.

    References
    ----------
    .. [1] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.

    Examples
    --------
    In the first step m / (1 − β₁) = g and v / (1 − β₂) = g², so both move by 0.1:

    >>> w, g = {"w": np.array([1.0, 1.0])}, {"w": np.array([0.001, -1000.0])}
    >>> adam(w, g, start_state(w), 0.1)[0]["w"].round(4)
    array([0.9, 1.1])
    """
    step = parameters, gradients, state, learning_rate, beta_1, beta_2, epsilon
    return _adam(at_step("adam", state), *step)


def adamw(
    parameters,
    gradients,
    state,
    learning_rate,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=1e-8,
    weight_decay=0.01,
):
    r"""Shrink every number a little, then step as `adam`.

    .. math:: \theta \leftarrow (1 - \eta\lambda)\, \theta

    Parameters
    ----------
    parameters, gradients, state, learning_rate, beta_1, beta_2, epsilon
        As in `adam`.
    weight_decay : float
        :math:`\lambda`, 0 or more. To spare biases and norms, give them to `adam`.

    Returns
    -------
    parameters, state

    Notes
    -----
    The shrinking stands beside the gradient, not in it [1]_: inside, Adam's division would
    cancel it.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.

    Examples
    --------
    No gradient, so only the shrinking by 1 − 0.1 · 0.5 is left:

    >>> w, g = {"w": np.array([2.0])}, {"w": np.array([0.0])}
    >>> adamw(w, g, start_state(w), 0.1, weight_decay=0.5)[0]["w"].round(9)
    array([1.9])
    """
    where = at_step("adamw", state)
    decay = number(where, "weight_decay", weight_decay, least=0)
    keep = 1 - number(where, "learning_rate", learning_rate, above=0) * decay
    parameters = arrays(where, "parameters", parameters)
    shrunk = {name: keep * array for name, array in parameters.items()}
    return _adam(where, shrunk, gradients, state, learning_rate, beta_1, beta_2, epsilon)


def _adam(where, parameters, gradients, state, learning_rate, beta_1, beta_2, epsilon):
    parameters, gradients = matched(where, parameters, gradients, state)
    rate = number(where, "learning_rate", learning_rate, above=0)
    beta_1 = number(where, "beta_1", beta_1, least=0, below=1)
    beta_2 = number(where, "beta_2", beta_2, least=0, below=1)
    epsilon = number(where, "epsilon", epsilon, above=0)
    step = state.step + 1

    def moved(theta, g, m, v):
        m = beta_1 * m + (1 - beta_1) * g
        with np.errstate(over="ignore"):
            v = beta_2 * v + (1 - beta_2) * g * g
        memory.check_squares(where, v, gradients)
        m_hat, v_hat = m / (1 - beta_1**step), v / (1 - beta_2**step)
        return theta - rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v

    now = parameters, gradients, state.mean, state.square
    tables, *averages = as_one_row(moved, *now)
    return tables, State(step, *averages)


def clip_gradients(gradients, max_norm):
    """Shorten all gradients by one factor if together they are longer than `max_norm`.

    Parameters
    ----------
    gradients : dict of name → array
    max_norm : float
        Above 0.

    Returns
    -------
    clipped : dict of name → array
        The direction stays, for all of them as one long arrow.
    norm : float
        The length before: the root of the sum of all squares.

    Notes
    -----
    The factor is max_norm / (norm + 1e-6), at most 1: ``torch.nn.utils.clip_grad_norm_``.

    Examples
    --------
    3² + 4² = 5²; halved to the length 2.5:

    >>> clipped, norm = clip_gradients({"W": np.array([3.0]), "b": np.array([4.0])}, 2.5)
    >>> norm, clipped["W"].round(5), clipped["b"].round(5)
    (5.0, array([1.5]), array([2.]))
    """
    gradients = arrays("clip_gradients", "gradients", gradients)
    max_norm = number("clip_gradients", "max_norm", max_norm, above=0)
    norm = math.hypot(*(memory.length(array) for array in gradients.values()))
    factor = min(1.0, max_norm / (norm + 1e-6))
    return {name: factor * array for name, array in gradients.items()}, norm


def inverse_square_root(step, d_model, warmup):
    r"""Give the paper's learning rate: rise evenly, then fall as one over a square root.

    .. math:: \eta = d_\mathrm{model}^{-1/2} \cdot
              \min\!\left(t^{-1/2},\; t \cdot warmup^{-3/2}\right)

    Parameters
    ----------
    step : int
        :math:`t`, counted from 1.
    d_model : int
    warmup : int
        The step with the highest rate, 1 / √(d_model · warmup).

    Returns
    -------
    learning_rate : float

    Notes
    -----
    Equation (3), section 5.3 of "Attention Is All You Need" (2017), with warmup = 4000.

    Examples
    --------
    With d_model 4 and warmup 4 the rate is t / 16 up to step 4, then 1 / (2 √t):

    >>> [inverse_square_root(t, 4, 4) for t in (1, 2, 4, 16)]
    [0.0625, 0.125, 0.25, 0.125]
    """
    step = whole("inverse_square_root", "step", step, least=1)
    d_model = whole("inverse_square_root", "d_model", d_model, least=1)
    warmup = whole("inverse_square_root", "warmup", warmup, least=1)
    return min(1 / math.sqrt(step), step / warmup**1.5) / math.sqrt(d_model)
