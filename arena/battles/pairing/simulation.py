"""How many votes a policy needs: arenas with known skills, drawn, judged and rated as the real one is.

Every run is an arena of its own; all go through their votes in step. Skills are spread as asked; votes follow
TrueSkill's own model with the default parameters (a quarter of draws between equals, no drift), ratings are the live
fold's, and each pair is drawn by the ratings after the vote before. Bounds on exposure are not simulated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.battles.pairing import bound, contests
from arena.battles.pairing.policy import FREE, Policy
from arena.ratings import skill

Array = NDArray[np.float64]
Places = NDArray[np.intp]

LAYOUTS = ("even", "normal")
SURE = 0.95
_LEVELS = (0.90, 0.93, 0.95)
_BOUNDED = 4
_PARAMETERS = skill.Parameters()
_MARGIN = _PARAMETERS.draw_margin


@dataclass(frozen=True, slots=True)
class World:
    """Skills to find out.

    layout 'even': from mu0 - spread to mu0 + spread in equal steps. 'normal': each of N(mu0, spread^2). In rating units.
    Raises ValueError for another layout, a spread that is not above 0, and fewer than three contenders.
    """

    contenders: int = 40
    layout: str = "even"
    spread: float = 4.0

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS or self.spread <= 0.0 or self.contenders < 3:
            raise ValueError("a world needs a known layout, a spread above 0 and three contenders")

    def skills(self, runs: int, rng: np.random.Generator) -> Array:
        """(runs, contenders)."""
        places = np.tile(np.linspace(-1.0, 1.0, self.contenders), (runs, 1))
        skills: Array = _PARAMETERS.mu0 + self.spread * (places if self.layout == "even" else rng.normal(size=places.shape))
        return skills


@dataclass(frozen=True, slots=True)
class Course:
    """What was seen at each checkpoint, (checkpoints, runs).

    votes: per checkpoint. tau: Kendall's, of the ratings with the skills. widest: 95% interval of the least known
    contender, in rating units. sure: whether the ratings themselves say, with SURE, that their first is the best.
    """

    votes: NDArray[np.int64]
    tau: Array
    widest: Array
    sure: NDArray[np.bool_]

    def votes_to(self, tau: float) -> Array:
        """For each run the votes until a checkpoint reached this tau; infinite if none did."""
        return _first(self.votes, self.tau >= tau)

    def votes_of_mean_to(self, tau: float) -> float:
        """The votes until the mean of the runs reached this tau; infinite if it did not."""
        return float(_first(self.votes, (self.tau.mean(axis=1) >= tau)[:, None])[0])

    def votes_to_sure(self) -> Array:
        """For each run the votes until a checkpoint was sure of the first place; infinite if none was."""
        return _first(self.votes, self.sure)


def _first(votes: NDArray[np.int64], reached: NDArray[np.bool_]) -> Array:
    found: Array = np.where(reached.any(axis=0), votes[reached.argmax(axis=0)], np.inf)
    return found


class Arenas:
    """The ratings of all runs, and who meets whom in each."""

    def __init__(self, runs: int, contenders: int, policy: Policy) -> None:
        if policy.bounds != FREE:
            raise ValueError("bounds on exposure are not simulated")
        self.policy = policy
        self.runs = np.arange(runs)
        self.mu = np.full((runs, contenders), _PARAMETERS.mu0)
        self.sigma = np.full((runs, contenders), _PARAMETERS.sigma0)
        self.votes = np.zeros((runs, contenders))
        self.doubts = np.zeros((runs, contenders, contenders))
        for place in range(contenders):
            self._doubt_anew(np.full(runs, place))

    def rate(self, a: Places, b: Places, gaps: Array) -> None:
        """One vote in every run: a's performance was ahead of b's by so much."""
        for run, (i, j, gap) in enumerate(zip(a.tolist(), b.tolist(), gaps.tolist(), strict=True)):
            if gap < 0.0:
                i, j = j, i
            ahead, behind = ((float(self.mu[run, k]), float(self.sigma[run, k])) for k in (i, j))
            ahead, behind = skill.update_pair(ahead, behind, _PARAMETERS, draw=abs(gap) <= _MARGIN)
            (self.mu[run, i], self.sigma[run, i]), (self.mu[run, j], self.sigma[run, j]) = ahead, behind
        for places in (a, b):
            self.votes[self.runs, places] += 1.0
            self._doubt_anew(places)

    def _doubt_anew(self, places: Places) -> None:
        if self.policy.name not in contests.DOUBTS:
            return
        mine = self.mu[self.runs, places][:, None], self.sigma[self.runs, places][:, None]
        row = contests.DOUBTS[self.policy.name](self.mu - mine[0], self.sigma**2 + mine[1] ** 2)
        row[self.runs, places] = 0.0
        self.doubts[self.runs, places] = row
        self.doubts[self.runs, :, places] = row

    def draw(self, rng: np.random.Generator) -> tuple[Places, Places]:
        """A pair for every run."""
        chance = rng.random((3, len(self.runs)))
        needs = self.needs()
        first = self.firsts(needs)
        first[chance[0] < self.policy.uniform_share] = 1.0
        a = _pick(first, chance[1])
        second = self.seconds(needs, a)
        second[chance[0] < self.policy.uniform_share] = 1.0
        second[self.runs, a] = 0.0
        return a, _pick(second, chance[2])

    def needs(self) -> Array:
        """(runs, contenders): how much each wants a battle for its own sake."""
        if self.policy.name == "contested":
            return contests.need(self.sigma)
        if self.policy.name == "fresh_first":
            most = self.votes.max(axis=1, keepdims=True) + 1.0
            needs: Array = np.minimum(contests.CAP_RATIO, most / (self.votes + 1.0))
            return needs
        return np.ones_like(self.mu)

    def firsts(self, needs: Array) -> Array:
        """(runs, contenders): in what proportion each is drawn first, but for the uniform share."""
        if self.policy.name not in contests.DOUBTS:
            return needs.copy()
        found: Array = needs * (self.doubts @ needs[:, :, None])[:, :, 0]
        return found

    def seconds(self, needs: Array, first: Places) -> Array:
        """(runs, contenders): in what proportion each is drawn to meet the first, but for the uniform share."""
        found = needs * self.doubts[self.runs, first] if self.policy.name in contests.DOUBTS else needs.copy()
        found[self.runs, first] = 0.0
        return found


def _pick(weights: Array, chance: Array) -> Places:
    edges = weights.cumsum(axis=1)
    passed = (edges <= (chance * edges[:, -1])[:, None]).sum(axis=1)
    places: Places = np.minimum(passed, weights.shape[1] - 1)
    return places


def simulate(world: World, policy: Policy, *, runs: int, votes: int, seed: int, every: int = 200) -> Course:
    """`runs` arenas with so many votes each, looked at every so often. The same seed gives every policy the same skills."""
    skills = world.skills(runs, np.random.default_rng([seed, 0]))
    rng = np.random.default_rng([seed, 1])
    arenas = Arenas(runs, world.contenders, policy)
    noise = np.sqrt(2.0) * _PARAMETERS.beta
    seen = [_look(arenas, skills)]
    for vote in range(1, votes + 1):
        a, b = arenas.draw(rng)
        arenas.rate(a, b, skills[arenas.runs, a] - skills[arenas.runs, b] + noise * rng.normal(size=runs))
        if vote % every == 0:
            seen.append(_look(arenas, skills))
    tau, widest, sure = (np.array(column) for column in zip(*seen, strict=True))
    return Course(np.arange(len(seen)) * every, tau, widest, sure.astype(np.bool_))


def _look(arenas: Arenas, skills: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    upper, lower = np.triu_indices(skills.shape[1], 1)
    tau = (np.sign(skills[:, upper] - skills[:, lower]) * np.sign(arenas.mu[:, upper] - arenas.mu[:, lower])).mean(axis=1)
    low, high = skill.interval(0.0, 1.0)
    top = arenas.mu.argmax(axis=1)
    ahead = arenas.mu[arenas.runs, top][:, None] - arenas.mu
    wrong = contests.misorder(ahead, arenas.sigma**2 + arenas.sigma[arenas.runs, top][:, None] ** 2)
    wrong[arenas.runs, top] = 0.0
    # The sum bounds the chance that anybody is better than the first, however their errors hang together.
    return tau, (high - low) * arenas.sigma.max(axis=1), wrong.sum(axis=1) <= 1.0 - SURE


def table(
    world: World, policies: Sequence[Policy], *, runs: int, votes: int, seed: int, at: Sequence[int] = (4_800, 9_000)
) -> Iterator[str]:
    """Lines that compare policies in the same worlds: means of the runs with their standard errors, and last what no policy could better.

    `at`: votes at which widths are told.
    """
    yield f"{world.contenders} contenders, {world.layout}, spread {world.spread:g}; {runs} runs of {votes:,} votes; seed {seed}"
    yield "Votes until the mean tau was there; in brackets the mean of the runs' own numbers (who never got there: at the end)."
    for policy in policies:
        course = simulate(world, policy, runs=runs, votes=votes, seed=seed)
        cells = [f"{policy.label:36}"]
        for level in _LEVELS:
            cells.append(f"tau {level:.2f}: {course.votes_of_mean_to(level):8,.0f} ({_mean(np.minimum(course.votes_to(level), votes))})")
        for moment in (moment for moment in at if moment <= votes):
            cells.append(f"widest at {moment:,}: {_mean(course.widest[course.votes.searchsorted(moment)], 3)}")
        sure = course.votes_to_sure()
        cells.append(f"sure of the first: {_mean(np.minimum(sure, votes))}, {np.isfinite(sure).mean():.0%} of the runs")
        yield " | ".join(cells)
    yield _bound(world, seed)


def _bound(world: World, seed: int) -> str:
    """The last line: votes needed by who draws by the skills themselves, a mean of a few worlds where these are drawn by lot."""
    worlds = world.skills(_BOUNDED, np.random.default_rng([seed, 0]))[: 1 if world.layout == "even" else _BOUNDED]
    cells = [f"{'by the true skills, read by a joint fit':36}"]
    for level in _LEVELS:
        evenly, best = np.mean([bound.votes_needed(skills, level) for skills in worlds], axis=0)
        cells.append(f"tau {level:.2f}: {best:8,.0f} (drawn evenly {evenly:,.0f})")
    return " | ".join(cells)


def _mean(values: Array, digits: int = 0) -> str:
    return f"{values.mean():,.{digits}f} ± {values.std(ddof=1) / np.sqrt(len(values)):,.{digits}f}"
