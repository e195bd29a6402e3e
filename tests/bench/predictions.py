"""R9: how well each view foretells votes that it has not seen. Real counts, expanded by a seed, 80 to 20, three seeds.

The counts are those of fixtures/votes, or of the JSON file that ARENA_COUNTS names (`X`: pairs, `Y`: wins of either, ties, both bad).
"""

import csv
import json
import os
import statistics
from pathlib import Path

import numpy as np

from arena.ratings.bradley_terry import fit
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints, count
from arena.ratings.ep import settle
from arena.ratings.skill import Ballot, Parameters, Table, estimate_draw_probability, fold, next_estimate_at
from tests.bench.bar import Bar
from tests.unit.ratings import forecasts

SHIPPED = Path(__file__).resolve().parents[2] / "fixtures/votes/chatbot_arena_20240814_counts.csv"
SEEDS = (0, 1, 2)
DEFAULT = Parameters(tau=25 / 300, draw_probability=0.10)  # the trueskill package's own
BARS = {"live": 1.0600, "ties": 1.0586}


def counts() -> tuple[Ints, Ints]:
    """Pairs (rows, 2), and their wins of the first, of the second, ties and both bad (rows, 4)."""
    if named := os.environ.get("ARENA_COUNTS"):
        told = json.loads(Path(named).read_text())
        return np.array(told["X"], dtype=np.int64), np.array(told["Y"], dtype=np.int64)
    with SHIPPED.open(newline="") as file:
        rows = np.array([[int(value) for value in row] for row in list(csv.reader(file))[1:]], dtype=np.int64)
    return rows[:, :2], rows[:, 2:]


def shuffled(seed: int) -> Comparisons:
    """Every vote once, in an order of chance, the sides by lot; both bad is a tie."""
    pairs, kinds = counts()
    rng = np.random.default_rng(seed)
    times = np.column_stack([kinds[:, 0], kinds[:, 1], kinds[:, 2] + kinds[:, 3]])
    row = np.repeat(np.arange(len(pairs)), times.sum(axis=1))
    outcome = np.repeat(np.tile([FIRST, SECOND, TIE], len(pairs)), times.ravel())
    turned = rng.random(len(row)) < 0.5
    first, second = np.where(turned, pairs[row, 1], pairs[row, 0]), np.where(turned, pairs[row, 0], pairs[row, 1])
    order = rng.permutation(len(row))
    swapped = np.where(turned & (outcome != TIE), 1 - outcome, outcome)
    return Comparisons(int(pairs.max()) + 1, first[order], second[order], swapped[order])


def live(votes: Comparisons, parameters: Parameters, estimated: bool = True) -> tuple[Table, Parameters]:
    """The live board: folded in order, its draw probability estimated at the board's own steps."""
    table: Table = {}
    ranks = {FIRST: (0, 1), SECOND: (1, 0), TIE: (0, 0)}
    columns = zip(votes.first.tolist(), votes.second.tolist(), votes.outcome.tolist(), strict=True)
    items = [Ballot(seq, (a, b), ranks[outcome]) for seq, (a, b, outcome) in enumerate(columns)]
    done = draws = 0
    while done < len(items):
        end = min(next_estimate_at(done), len(items)) if estimated else len(items)
        fold(table, items[done:end], parameters)
        draws += int(np.count_nonzero(votes.outcome[done:end] == TIE))
        if estimated:
            parameters = Parameters(draw_probability=estimate_draw_probability(draws, end))
        done = end
    return table, parameters


def by_skills(table: Table, parameters: Parameters, n: int) -> Floats:
    """Chances of (first wins, second wins, tie) of any two, shape (n, n, 3)."""
    fresh = (parameters.mu0, parameters.sigma0)
    skills = [table.get(number, fresh) for number in range(n)]
    chances = np.array([[forecasts.by_skills(a, b, parameters) for b in skills] for a in skills])
    return chances[:, :, [0, 2, 1]]


def scored(chances: Floats, held_out: Comparisons) -> tuple[float, float]:
    """Mean minus log of what was foretold for what came, and how often the likeliest came."""
    told = chances[held_out.first, held_out.second] if chances.ndim == 3 else np.broadcast_to(chances, (len(held_out), 3))
    rows = np.arange(len(held_out))
    return float(-np.log(told[rows, held_out.outcome]).mean()), float((told.argmax(axis=1) == held_out.outcome).mean())


def views(seed: int) -> dict[str, tuple[float, float]]:
    """Log-loss and accuracy of every view on a fifth of the votes, learnt from the others."""
    votes = shuffled(seed)
    cut = len(votes) * 4 // 5
    train, held_out = votes.take(np.arange(cut)), votes.take(np.arange(cut, len(votes)))
    n, pairs = votes.contenders, count(train)
    table, parameters = live(train, Parameters())
    settled = settle(pairs, parameters)
    everybody = np.indices((n, n)).reshape(2, -1)
    ties = forecasts.by_strengths(fit(train, ties=True), *everybody).reshape(n, n, 3)
    shares = np.bincount(train.outcome, minlength=3) / cut
    # Bradley and Terry know no ties: the share of ties of the votes, and what is left by its chance of a win.
    win = forecasts.by_strengths(fit(train, ties=False), *everybody).reshape(n, n, 3)[:, :, :2] * (1 - shares[TIE])
    plain = np.concatenate([win, np.full((n, n, 1), shares[TIE])], axis=2)
    settled_table = dict(enumerate(zip(settled.mu.tolist(), settled.sigma.tolist(), strict=True)))
    chances = {
        "live": by_skills(table, parameters, n),
        "settled": by_skills(settled_table, parameters, n),
        "ties": ties,
        "plain": plain,
        "default": by_skills(*live(train, DEFAULT, estimated=False), n),
        "base": shares,
    }
    return {name: scored(of, held_out) for name, of in chances.items()}


def run() -> list[Bar]:
    found = [views(seed) for seed in SEEDS]
    losses = {name: [one[name][0] for one in found] for name in found[0]}
    mean = {name: statistics.mean(values) for name, values in losses.items()}
    accuracy = ", ".join(f"{name} {statistics.mean(one[name][1] for one in found):.1%}" for name in mean)
    note = "; ".join([", ".join(f"{name} {value:.4f}" for name, value in mean.items()), f"accuracy: {accuracy}"])
    told = {"live": "log-loss of the live board", "ties": "log-loss of the cross-check (with ties)"}
    return [
        Bar(
            f"R9{name[0]}",
            told[name],
            mean[name],
            limit,
            "nats a vote",
            f"<= {limit:.4f}, below the base rate",
            mean[name] <= min(limit, mean["base"]),
            len(SEEDS),
            (min(losses[name]), max(losses[name])),
            note,
        )
        for name, limit in BARS.items()
    ]
