"""What the ratings foretell of a vote that they have not seen: how good they are is measured by it (R9)."""

from math import erfc, hypot, sqrt

import numpy as np
from scipy.special import expit

from arena.ratings.bradley_terry import Fit
from arena.ratings.comparisons import Floats, Ints
from arena.ratings.skill import Parameters, Skill


def by_skills(a: Skill, b: Skill, parameters: Parameters) -> tuple[float, float, float]:
    """Chances that a wins, that they draw, and that b wins; together 1."""
    spread = hypot(a[1], b[1], sqrt(2.0) * parameters.tau, sqrt(2.0) * parameters.beta)
    win = 0.5 * erfc((parameters.draw_margin - a[0] + b[0]) / spread * sqrt(0.5))
    loss = 0.5 * erfc((parameters.draw_margin - b[0] + a[0]) / spread * sqrt(0.5))
    return win, max(0.0, 1.0 - win - loss), loss


def by_strengths(fit: Fit, first: Ints, second: Ints) -> Floats:
    """Chances of (first wins, second wins, tie) with covariates equal, shape (rows, 3)."""
    d = fit.strengths[first] - fit.strengths[second]
    margin = fit.margin or 0.0
    win, loss = expit(d - margin), expit(-d - margin)
    return np.stack([win, loss, 1.0 - win - loss], axis=1)
