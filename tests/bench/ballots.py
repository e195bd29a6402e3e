"""The votes that statistics are measured on: a million, of a hundred contenders, made by a seed and shared with the peers as files."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Ints, Pairs, count

VOTES, CONTENDERS, VOTERS, PROMPTS = 1_000_000, 100, 10_000, 3_000
WORTH = (0.4, 0.1, 0.0, 0.2, 0.0)  # of each style feature
MARGIN = 0.4
NAMES = ("first", "second", "outcome", "voter", "prompt")


def made(votes: int = VOTES, contenders: int = CONTENDERS, seed: int = 1) -> Comparisons:
    """Votes by Rao and Kupper's model, with the style of both answers told."""
    rng = np.random.default_rng(seed)
    strengths = rng.normal(scale=0.6, size=contenders)
    first = rng.integers(0, contenders, votes)
    second = (first + rng.integers(1, contenders, votes)) % contenders
    covariates = np.tanh(rng.normal(scale=0.5, size=(votes, len(WORTH))))
    ahead = strengths[first] - strengths[second] + covariates @ np.array(WORTH) + rng.logistic(size=votes)
    outcome = np.where(ahead > MARGIN, FIRST, np.where(ahead < -MARGIN, SECOND, TIE))
    clusters = (rng.integers(0, VOTERS, votes), rng.integers(0, PROMPTS, votes))
    return Comparisons(contenders, first, second, outcome, clusters, covariates)


def wins(pairs: Pairs) -> Ints:
    """Decisive votes, shape (n, n): row beat column."""
    table = np.zeros((pairs.contenders, pairs.contenders))
    table[pairs.low, pairs.high], table[pairs.high, pairs.low] = pairs.wins_low, pairs.wins_high
    return table.astype(np.int64)


@contextmanager
def files(votes: Comparisons) -> Iterator[Path]:
    """The votes' columns as .npy files in a folder that ends with the block."""
    with tempfile.TemporaryDirectory(prefix="evenhand-ballots-") as name:
        columns = (votes.first, votes.second, votes.outcome, *votes.clusters)
        for column, values in zip(NAMES, columns, strict=True):
            np.save(Path(name, column), values)
        np.save(Path(name, "covariates"), votes.covariates if votes.covariates is not None else np.zeros((len(votes), 0)))
        np.save(Path(name, "contenders"), np.array(votes.contenders))
        np.save(Path(name, "wins"), wins(count(votes)))
        yield Path(name)


def read(folder: Path) -> Comparisons:
    """The votes that `files` has written."""
    first, second, outcome, *clusters = (np.load(folder / f"{name}.npy") for name in NAMES)
    return Comparisons(int(np.load(folder / "contenders.npy")), first, second, outcome, tuple(clusters), np.load(folder / "covariates.npy"))
