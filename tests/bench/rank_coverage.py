"""R11: how often rank intervals hold the true rank, by counting sure differences (as the arena does) and by quantiles of simulated ranks.

Strengths are known, estimates are normal around them with errors that go together: what the cross-check hands over, without the fit.
"""

from collections.abc import Callable

import numpy as np

from arena.ratings.bradley_terry import Fit
from arena.ratings.comparisons import Floats, Ints
from arena.ratings.intervals import Certainty, ranks
from tests.bench.bar import Bar

RUNS, DRAWS = 60, 1_000
SIZES = (2, 6, 20, 60)
APART = (0.01, 1.0, 3.0, 10.0)  # spread of the strengths, in standard errors
Bounds = tuple[Ints, Ints]


def layouts(n: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Strengths with a standard deviation of 1: as drawn from a normal, in equal steps, in two camps of near equals."""
    camps = np.where(np.arange(n) < n / 2, -1.0, 1.0) + rng.normal(scale=0.1, size=n)
    told = {"normal": rng.normal(size=n), "even": np.linspace(-1, 1, n), "two camps": camps}
    return {name: (of - of.mean()) / of.std() for name, of in told.items()}


def errors(n: int, rng: np.random.Generator) -> Floats:
    """A covariance of strengths from their mean: some are known better than others, and a third of the variance is common."""
    own, common = np.exp(rng.normal(scale=0.4, size=n)), rng.normal(scale=0.33, size=(n, 3))
    centre = np.eye(n) - 1.0 / n
    return np.asarray(centre @ (0.7 * np.diag(own**2) + np.outer(own, own) * (common @ common.T)) @ centre, dtype=np.float64)


def normal(covariance: Floats, rng: np.random.Generator, times: int) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((rng.normal(size=(times, len(values))) * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T, dtype=np.float64)


def places(strengths: Floats) -> Ints:
    """Ranks along the last axis, 1 is best."""
    return np.argsort(np.argsort(-strengths, axis=-1), axis=-1) + 1


def by_counting(seen: Floats, covariance: Floats, _: np.random.Generator) -> Bounds:
    n = len(seen)
    return ranks(Fit(seen, np.zeros(0), None, np.zeros((n, n))), Certainty(covariance, 1e6))


def by_quantiles(seen: Floats, covariance: Floats, rng: np.random.Generator) -> Bounds:
    """The middle 95% of ranks among strengths drawn around those seen."""
    drawn = np.sort(places(seen + normal(covariance, rng, DRAWS)), axis=0)
    return np.minimum(drawn[DRAWS // 40], places(seen)), np.maximum(drawn[-1 - DRAWS // 40], places(seen))


def by_shrinking(seen: Floats, covariance: Floats, rng: np.random.Generator) -> Bounds:
    """The same around strengths drawn together as far as their errors blow them apart (N. M. Laird, T. A. Louis, J. Educ. Stat. 14, 1989)."""
    n = len(seen)
    spread = max(float(seen @ seen - np.trace(covariance)) / (n - 1), 1e-6)
    prior = spread * (np.eye(n) - 1.0 / n)
    pull = prior @ np.linalg.pinv(prior + covariance, hermitian=True)
    low, high = by_quantiles(pull @ seen, prior - pull @ prior, rng)
    return np.minimum(low, places(seen)), np.maximum(high, places(seen))


METHODS: dict[str, Callable[[Floats, Floats, np.random.Generator], Bounds]] = {
    "counting": by_counting,
    "quantiles": by_quantiles,
    "shrunk": by_shrinking,
}


def study() -> dict[tuple[int, str, float], dict[str, tuple[float, float, float]]]:
    """By contenders, layout and spread: each method's coverage of all, its coverage of the best, and its mean width in ranks."""
    found = {}
    for n in SIZES:
        for apart in APART:
            rng = np.random.default_rng([n, int(100 * apart)])
            seen: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
            for _ in range(RUNS if n > 2 else 20 * RUNS):
                for name, strengths in layouts(n, rng).items():
                    covariance, true = errors(n, rng), places(strengths)
                    estimate = apart * strengths + normal(covariance, rng, 1)[0]
                    for method, bounds in METHODS.items():
                        low, high = bounds(estimate, covariance, rng)
                        held = (low <= true) & (true <= high)
                        told = (float(held.mean()), float(held[true.argmin()]), float((high - low + 1).mean()))
                        seen.setdefault(name, {}).setdefault(method, []).append(told)
            for name, methods in seen.items():
                found[n, name, apart] = {method: tuple(np.mean(of, axis=0).tolist()) for method, of in methods.items()}
    return found


def run() -> list[Bar]:
    found = study()
    for (n, name, apart), methods in found.items():
        told = "; ".join(f"{method} {all_:.1%}, best {best:.1%}, {width:.1f} ranks" for method, (all_, best, width) in methods.items())
        print(f"  {n} contenders, {name}, spread {apart:g} errors: {told}")
    lowest = {method: min(of[method][0] for of in found.values()) for method in METHODS}
    highest = max(of["counting"][0] for of in found.values())
    note = ", ".join(f"{method} {value:.1%}" for method, value in lowest.items())
    return [
        Bar(
            "R11",
            "lowest coverage of rank intervals in any world",
            lowest["counting"],
            0.95,
            "share",
            ">= 0.93",
            lowest["counting"] >= 0.93,
            len(found),
            (lowest["counting"], highest),
            f"lowest of each method: {note}",
        )
    ]
