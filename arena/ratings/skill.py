"""TrueSkill as this arena uses it: one rated ballot after another, in plain scalar Python.

Source: R. Herbrich, T. Minka, T. Graepel, "TrueSkill: A Bayesian Skill Rating System", NIPS 19 (2007).
A contender's skill is N(mu, sigma^2); in one battle it performs with N(skill, beta^2); a performance that is
ahead by more than the draw margin wins. Two answers have a closed form; three to six are rated by expectation
propagation (EP) along the chain of neighbours in the ranking, once for the whole ballot.

Only the standard library is used: a stranger's verifier needs nothing else, and scalar arithmetic in a fixed
order gives the same bits however the ballots were cut into batches.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from math import erfc, exp, isfinite, pi, sqrt
from statistics import NormalDist
from typing import final

MIN_DRAW_PROBABILITY = 0.0001
MAX_DRAW_PROBABILITY = 0.999
MAX_CONTENDERS = 6

DRAW_PRIOR = 0.25
DRAW_PRIOR_STRENGTH = 100.0
FIRST_ESTIMATE_AT = 100

_SQRT_HALF = sqrt(0.5)
_ROOT_TWO_BY_PI = sqrt(2.0 / pi)  # pdf(x) / cdf(x) = this * exp(-x*x/2) / erfc(-x/sqrt(2))
_TAIL = -6.0  # below it v + x loses digits to cancellation, and the continued fraction is short
_FRACTION_TERMS = 60
_Z95 = 1.959963984540054  # two-sided 95% of a normal
_NINE_DECIMALS = Decimal("1e-9")
_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN)  # holds any float to nine decimals
_EP_TOLERANCE = 1e-12
_EP_SWEEPS = 200

Skill = tuple[float, float]
"""(mu, sigma) of one contender on one board, in rating units (mu0 = 25 by default)."""
Table = dict[int, Skill]
"""Skills by contender id; who is missing stands at (mu0, sigma0)."""


class BadBallot(ValueError):
    """A ballot that cannot be rated: too few or many sides, one contender twice, unfit ranks, or out of order."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a board assumes. Rating units but for the probability.

    mu0, sigma0: where a new contender stands. beta: spread of one performance. tau: drift added before every
    ballot; 0 here, because a language model does not learn between battles (changed weights are a new contender).
    draw_probability: chance that two equal contenders draw, within [0.0001, 0.999].
    Raises ValueError outside these ranges.
    """

    mu0: float = 25.0
    sigma0: float = 25.0 / 3.0
    beta: float = 25.0 / 6.0
    tau: float = 0.0
    draw_probability: float = 0.25

    def __post_init__(self) -> None:
        numbers = (self.mu0, self.sigma0, self.beta, self.tau, self.draw_probability)
        if not all(isfinite(number) for number in numbers):
            raise ValueError("rating parameters must be finite")
        if self.sigma0 <= 0.0 or self.beta <= 0.0 or self.tau < 0.0:
            raise ValueError("sigma0 and beta must be above 0, and tau not below 0")
        if max(self.sigma0, self.tau) > 1e6 * self.beta:  # beyond it a variance could round to zero
            raise ValueError("sigma0 and tau may be at most a million times beta")
        if not MIN_DRAW_PROBABILITY <= self.draw_probability <= MAX_DRAW_PROBABILITY:
            raise ValueError(f"draw_probability must lie within {MIN_DRAW_PROBABILITY} and {MAX_DRAW_PROBABILITY}")

    @property
    def draw_margin(self) -> float:
        """How far ahead (rating units) a performance must be to win rather than draw."""
        return NormalDist().inv_cdf((self.draw_probability + 1.0) / 2.0) * sqrt(2.0) * self.beta


@dataclass(slots=True)
class Ballot:
    """One rated vote: two to six different contenders, and the rank of each (0 best, equal ranks are a draw).

    Only the order of the ranks matters, not their distances. Checked by `fold`, not here, and not frozen: a rebuild
    makes millions, and a frozen one takes twice the time to make.
    """

    seq: int
    contenders: tuple[int, ...]
    ranks: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class ParameterChange:
    """From this place in the sequence on, the board is rated with these parameters. Skills so far are kept."""

    seq: int
    parameters: Parameters


def fold(table: Table, items: Iterable[Ballot | ParameterChange], parameters: Parameters) -> Parameters:
    """Rates the items in the order given (strictly rising seq); changes `table` in place.

    Returns the parameters in force after the last item: hand them to the next batch. Any split into batches gives
    the same bits. Raises BadBallot at the first unfit item; the table then holds all before it.
    """
    iterator = iter(items)
    last_seq = -1
    while (change := _fold_until_change(table, iterator, parameters, last_seq)) is not None:
        parameters, last_seq = change.parameters, change.seq
    return parameters


def _fold_until_change(
    table: Table, items: Iterator[Ballot | ParameterChange], parameters: Parameters, last_seq: int
) -> ParameterChange | None:
    # The hot loop: a rebuild takes the time of these lines, and calls would double it. A decisive vote is therefore
    # written out here, in the very same order of operations as in `update_pair`.
    fresh, drift, noise, margin = _constants(parameters)
    for item in items:
        seq = item.seq
        if seq <= last_seq:
            raise BadBallot(f"seq {seq} comes after {last_seq}")
        last_seq = seq
        if type(item) is ParameterChange:
            return item
        sides = item.contenders
        if len(sides) != 2:
            rate_ballot(table, item, parameters)
            continue
        a, b = sides
        rank_a, rank_b = item.ranks
        if a == b:
            raise BadBallot(f"seq {seq} sets contender {a} against itself")
        if rank_b < rank_a:
            a, b = b, a  # from here on a is the winner, or either of a draw
        mu_a, sigma_a = table.get(a, fresh)
        mu_b, sigma_b = table.get(b, fresh)
        var_a = sigma_a * sigma_a + drift
        var_b = sigma_b * sigma_b + drift
        total = var_a + var_b + noise
        spread = sqrt(total)
        if rank_a == rank_b:
            v, w = draw_correction((mu_a - mu_b) / spread, margin / spread)
        elif (x := (mu_a - mu_b - margin) / spread) > _TAIL:
            v = _ROOT_TWO_BY_PI * exp(-0.5 * x * x) / erfc(-x * _SQRT_HALF)
            w = v * (v + x)
        else:
            v, w = _win_correction_in_tail(x)
        push = v / spread
        table[a] = (mu_a + var_a * push, sqrt(var_a * (1.0 - var_a / total * w)))
        table[b] = (mu_b - var_b * push, sqrt(var_b * (1.0 - var_b / total * w)))
    return None


def update_pair(a: Skill, b: Skill, parameters: Parameters, draw: bool = False) -> tuple[Skill, Skill]:
    """Skills of both after a beat b, or after they drew: the two-player closed form.

    `fold` does the same to the bit. Never gives nan, infinity or a sigma of zero for finite skills.
    """
    _, drift, noise, margin = _constants(parameters)
    var_a = a[1] * a[1] + drift
    var_b = b[1] * b[1] + drift
    total = var_a + var_b + noise
    spread = sqrt(total)
    if draw:
        v, w = draw_correction((a[0] - b[0]) / spread, margin / spread)
    else:
        v, w = win_correction((a[0] - b[0] - margin) / spread)
    push = v / spread
    return (
        (a[0] + var_a * push, sqrt(var_a * (1.0 - var_a / total * w))),
        (b[0] - var_b * push, sqrt(var_b * (1.0 - var_b / total * w))),
    )


def _constants(parameters: Parameters) -> tuple[Skill, float, float, float]:
    return (
        (parameters.mu0, parameters.sigma0),
        parameters.tau * parameters.tau,
        2.0 * parameters.beta * parameters.beta,
        parameters.draw_margin,
    )


def win_correction(x: float) -> tuple[float, float]:
    """(v, w) of a win whose margin was x standard deviations expected: v = pdf(x)/cdf(x), w = v (v + x) in [0, 1]."""
    if x > _TAIL:
        v = _ROOT_TWO_BY_PI * exp(-0.5 * x * x) / erfc(-x * _SQRT_HALF)
        return v, v * (v + x)
    return _win_correction_in_tail(x)


def _win_correction_in_tail(x: float) -> tuple[float, float]:
    # Laplace's continued fraction: v = y + 1/(y + 2/(y + 3/(y + ...))) with y = -x; so v + x has no cancellation.
    y = -x
    rest = _fraction(y)
    return y + rest, (y + rest) * rest


def _fraction(y: float) -> float:
    # 1/(y + 2/(y + 3/(y + ...))) for y >= 6: 1 / mills_ratio(y) - y.
    rest = 0.0
    for term in range(_FRACTION_TERMS, 0, -1):
        rest = term / (y + rest)
    return rest


def draw_correction(t: float, margin: float) -> tuple[float, float]:
    """(v, w) of a draw between two whose expected difference is t, with the draw margin; both in standard deviations.

    v has the sign that pulls the two together, w lies in [0, 1]. margin must be above 0.
    """
    distance = t if t >= 0.0 else -t
    near, far = distance - margin, distance + margin
    fall = exp(-2.0 * distance * margin)  # pdf(far) / pdf(near)
    if near < -_TAIL:
        mass = erfc(near * _SQRT_HALF) - erfc(far * _SQRT_HALF)
        density = _ROOT_TWO_BY_PI * exp(-0.5 * near * near) / mass  # pdf(near) / chance of the draw
    else:  # out here both vanish, their ratio does not
        density = 1.0 / (1.0 / (near + _fraction(near)) - fall / (far + _fraction(far)))
    v = (1.0 - fall) * density
    w = v * v - (near - far * fall) * density
    if w > 1.0:
        w = 1.0
    elif w < 0.0:
        w = 0.0
    return (-v if t >= 0.0 else v), w


def rate_ballot(table: Table, ballot: Ballot, parameters: Parameters) -> None:
    """Rates one ballot of two to six by expectation propagation; changes `table` in place.

    Contenders are chained by rank, equal ranks by id, so that the places on the page never matter. Each ballot counts
    once. Two contenders give the closed form (up to rounding). Raises BadBallot, with the table as it was.
    """
    places = _chain(ballot)
    fresh, drift, noise, margin = _constants(parameters)
    before = [table.get(contender, fresh) for _, contender in places]
    variances = [sigma * sigma + drift for _, sigma in before]
    noise *= 0.5  # of one performance
    performances = [(1.0 / (var + noise), mu / (var + noise)) for (mu, _), var in zip(before, variances, strict=True)]
    draws = [upper[0] == lower[0] for upper, lower in pairwise(places)]
    messages = _propagate(performances, draws, margin)
    for (_, contender), (mu, _), var, (precision, shift) in zip(places, before, variances, messages, strict=True):
        damping = 1.0 + noise * precision  # a performance tells less of the skill, by beta squared
        new_precision = 1.0 / var + precision / damping
        new_shift = mu / var + shift / damping
        table[contender] = (new_shift / new_precision, sqrt(1.0 / new_precision))


def _chain(ballot: Ballot) -> list[tuple[int, int]]:
    contenders, ranks = ballot.contenders, ballot.ranks
    if not 2 <= len(contenders) <= MAX_CONTENDERS:
        raise BadBallot(f"seq {ballot.seq} has {len(contenders)} contenders, not 2 to {MAX_CONTENDERS}")
    if len(ranks) != len(contenders) or len(set(contenders)) != len(contenders):
        raise BadBallot(f"seq {ballot.seq} needs one rank for each of its different contenders")
    return sorted(zip(ranks, contenders, strict=True))


Message = tuple[float, float]  # a Gaussian as (precision, precision * mean); (0, 0) says nothing


def _propagate(performances: list[Message], draws: list[bool], margin: float) -> list[Message]:
    # EP on a chain: what the comparisons say of each performance, swept forth and back until it stands still.
    last = len(draws)
    upward: list[Message] = [(0.0, 0.0)] * (last + 1)  # to place i from the comparison with i + 1
    downward: list[Message] = [(0.0, 0.0)] * (last + 1)  # to place i from the comparison with i - 1
    order = [*range(last), *range(last - 2, -1, -1)]
    for _ in range(_EP_SWEEPS):
        moved = 0.0
        for k in order:
            upper = _product(performances[k], downward[k])
            lower = _product(performances[k + 1], upward[k + 1])
            to_upper, to_lower = _compare(upper, lower, draws[k], margin)
            moved = max(moved, _distance(to_upper, upward[k]), _distance(to_lower, downward[k + 1]))
            upward[k], downward[k + 1] = to_upper, to_lower
        if moved < _EP_TOLERANCE:
            break
    return [_product(up, down) for up, down in zip(upward, downward, strict=True)]


def _product(a: Message, b: Message) -> Message:
    return a[0] + b[0], a[1] + b[1]


def _distance(a: Message, b: Message) -> float:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def _compare(upper: Message, lower: Message, draw: bool, margin: float) -> tuple[Message, Message]:
    # Moment matching of the truncated difference, its message pushed on to both sides. Written so that no divisor can
    # vanish: with w near 1 (a great surprise) the difference is all but known, with w near 0 nothing was learnt.
    var_u, var_l = 1.0 / upper[0], 1.0 / lower[0]
    mu_u, mu_l = upper[1] * var_u, lower[1] * var_l
    spread = sqrt(var_u + var_l)
    if draw:
        v, w = draw_correction((mu_u - mu_l) / spread, margin / spread)
    else:
        v, w = win_correction((mu_u - mu_l - margin) / spread)
    known_u = var_l + var_u * (1.0 - w)
    known_l = var_u + var_l * (1.0 - w)
    push = v * spread
    return (w / known_u, (w * mu_u + push) / known_u), (w / known_l, (w * mu_l - push) / known_l)


def estimate_draw_probability(draws: int, ballots: int, prior_strength: float = DRAW_PRIOR_STRENGTH, prior: float = DRAW_PRIOR) -> float:
    """Draw probability for a ParameterChange: the share of draws, drawn to `prior` as by `prior_strength` more ballots.

    Within [0.0001, 0.999] and rounded to what `fixed` prints, so that the log's decimal string gives the same bits.
    Raises ValueError unless 0 <= draws <= ballots and prior_strength > 0.
    """
    if not 0 <= draws <= ballots or prior_strength <= 0.0:
        raise ValueError("needs 0 <= draws <= ballots and prior_strength > 0")
    share = (draws + prior_strength * prior) / (ballots + prior_strength)
    return float(fixed(min(max(share, MIN_DRAW_PROBABILITY), MAX_DRAW_PROBABILITY)))


def next_estimate_at(rated: int) -> int:
    """The number of rated ballots at which the draw probability is estimated next: 100, 200, 400, 800, ...

    Always above `rated`. Doubling keeps the recorded changes few (14 in a million votes) while each estimate rests on
    twice the evidence of the one before, so its error falls by the same factor at each step.
    """
    step = FIRST_ESTIMATE_AT
    while step <= rated:
        step *= 2
    return step


def interval(mu: float, sigma: float) -> tuple[float, float]:
    """(low, high) of the central 95% of N(mu, sigma^2). It covers 95% when the model is right."""
    return mu - _Z95 * sigma, mu + _Z95 * sigma


def fixed(x: float) -> str:
    """x with nine decimals, rounded half to even, never '-0.000000000'. Raises ValueError if not finite."""
    if not isfinite(x):
        raise ValueError("only finite numbers can be published")
    rounded = Decimal(x).quantize(_NINE_DECIMALS, context=_EXACT)
    return f"{abs(rounded) if rounded.is_zero() else rounded:f}"
