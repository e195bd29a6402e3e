"""R1 and R3 to R8: replay, fits, intervals and the whole analysis of a million votes, against the packages that others use.

Each is timed in a process of its own, best of several runs, by the clock or of processor time, whichever is less: whoever uses two
cores gains by it, and nobody loses because others keep the machine busy. The same rule is the peers'.
"""

import dataclasses
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench import ballots, peers
from tests.bench.bar import Bar

RUNS = 7
RESAMPLES = 50  # timed, of the thousand
MOST_BYTES = 300_000_000


def timed(work: Callable[[], Any], runs: int = RUNS) -> tuple[Any, list[float]]:
    """What the work finds, and the seconds of each run, by the clock or of processor time, whichever is less."""
    seconds = []
    for _ in range(runs):
        begun, used = time.perf_counter(), time.process_time()
        found = work()
        seconds.append(min(time.perf_counter() - begun, time.process_time() - used))
    return found, seconds


def measured(folder: str) -> dict[str, Any]:
    """In a process of its own: every fit of the folder's votes."""
    from arena.ratings import bradley_terry, ep, intervals
    from arena.ratings.comparisons import Comparisons, count
    from arena.ratings.skill import Parameters

    votes = ballots.read(Path(folder))
    plain = votes.bare()
    found: dict[str, Any] = {"replay": timed(lambda: replay(plain), 3)[1]}

    def fitted(of: Comparisons) -> bradley_terry.Fit:
        fit = bradley_terry.fit(of, ties=False)
        intervals.certainty(of, fit)
        return fit

    exact, found["cross_check"] = timed(lambda: fitted(plain))
    styled, found["style"] = timed(lambda: fitted(votes))
    rng = np.random.default_rng(1)
    pairs = count(plain)
    found["bootstrap"] = timed(lambda: [resample(pairs, rng) for _ in range(RESAMPLES)], 1)[1]
    found["settled"] = timed(lambda: ep.settle(count(plain), Parameters()))[1]
    decisive = bradley_terry.fit_pairs(dataclasses.replace(pairs, ties=np.zeros_like(pairs.ties)), ties=False)
    found["decisive"] = decisive.elo.tolist()
    return found | {"elo": exact.elo.tolist(), "off": distance_to_the_maximum(plain, exact), "coefficients": styled.coefficients.tolist()}


def replay(votes: Any) -> None:
    """The live fold, from integer columns."""
    from arena.ratings.skill import Ballot, Parameters, fold

    ranks = ((0, 1), (1, 0), (0, 0))
    columns = zip(votes.first.tolist(), votes.second.tolist(), votes.outcome.tolist(), strict=True)
    fold({}, (Ballot(seq, (a, b), ranks[outcome]) for seq, (a, b, outcome) in enumerate(columns)), Parameters())


def resample(pairs: Any, rng: np.random.Generator) -> Any:
    """A bootstrap's fit: as many votes, drawn anew from the counts by pair."""
    from arena.ratings.bradley_terry import fit_pairs
    from arena.ratings.comparisons import Pairs

    counts = np.stack([pairs.wins_low, pairs.wins_high, pairs.ties])
    drawn = rng.multinomial(int(counts.sum()), counts.ravel() / counts.sum()).reshape(counts.shape).astype(np.float64)
    met = drawn.any(axis=0)
    return fit_pairs(Pairs(pairs.contenders, pairs.low[met], pairs.high[met], *drawn[:, met]), ties=False)


def distance_to_the_maximum(votes: Any, fit: Any) -> float:
    """How far one more Newton step, in 80-bit numbers and from the likelihood equations written down anew, would move anybody, Elo points."""
    from arena.ratings.bradley_terry import ELO
    from arena.ratings.comparisons import count

    pairs = count(votes)
    strengths = fit.strengths.astype(np.longdouble)
    chance = 1 / (1 + np.exp(strengths[pairs.high] - strengths[pairs.low]))
    left = pairs.wins_low + pairs.ties / 2 - pairs.totals * chance
    gradient = np.zeros(pairs.contenders, dtype=np.longdouble)
    np.add.at(gradient, pairs.low, left)
    np.subtract.at(gradient, pairs.high, left)
    regular = fit.information + np.ones_like(fit.information)
    return float(np.abs(np.linalg.solve(regular, gradient.astype(np.float64))).max() * ELO)


def analysed(folder: str) -> dict[str, Any]:
    """In a process of its own: the whole analysis, and the memory of it all."""
    from arena.ratings.analysis import Ballots, Rules, analyse
    from arena.ratings.analysis_document import document
    from arena.ratings.comparisons import TIE

    votes = ballots.read(Path(folder))
    found, seconds = timed(lambda: analyse(Ballots(votes, votes.outcome == TIE), {}, Rules()), 1)
    told = json.dumps(document(found, [f"c{number}" for number in range(votes.contenders)]))
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "bytes": len(told)}


def child(what: str, folder: Path) -> dict[str, Any]:
    """`measured` or `analysed`, in a process whose matrix products keep to one core."""
    code = f"import json, sys; from tests.bench import fits; print(json.dumps(fits.{what}(sys.argv[1])))"
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=True, stdout=subprocess.PIPE, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run() -> list[Bar]:
    with ballots.files(ballots.made()) as folder:
        ours, whole = child("measured", folder), child("analysed", folder)
        theirs = {
            peer: peers.ask(peer, folder)
            for peer in ("trueskill", "evalica", "evalica_bootstrap", "arena_rank", "arena_rank_style", "choix")
        }
    return [*_speed(ours, theirs), *_whole(ours, whole, theirs)]


def _bar(name: str, what: str, seconds: list[float], limit: float, bar: str, note: str = "") -> Bar:
    best = min(seconds)
    return Bar(name, what, best, limit, "s", bar, best <= limit, len(seconds), (best, max(seconds)), note)


def _speed(ours: dict[str, Any], theirs: dict[str, Any]) -> list[Bar]:
    arena_rank, evalica, package = theirs["arena_rank"]["seconds"], theirs["evalica"]["seconds"], theirs["trueskill"]
    rates = [ballots.VOTES / seconds for seconds in ours["replay"]]
    rate, peer = max(rates), package["votes"] / package["seconds"]
    off = [abs(a - b) for a, b in zip(theirs["evalica"]["elo"], ours["elo"], strict=True)]
    resamples = [seconds / RESAMPLES * 1000 for seconds in ours["bootstrap"]]
    by_peer = theirs["evalica_bootstrap"]["seconds_each"] * 1000
    coefficients = (of["coefficients"][0] for of in (ours, theirs["arena_rank_style"]))
    worth = "worth of length: {} planted, ours {:.3f}, arena-rank's {:.3f}".format(ballots.WORTH[0], *coefficients)
    return [
        Bar(
            "R1",
            "TrueSkill replay of a million votes",
            rate,
            peer,
            "votes/s",
            ">= 100x trueskill",
            rate >= 100 * peer,
            3,
            (min(rates), rate),
        ),
        _bar("R3", "exact fit, intervals clustered by voter and prompt", ours["cross_check"], arena_rank / 50, "<= 1/50 of arena-rank"),
        _bar("R3e", "the same, against a fit without intervals", ours["cross_check"], evalica / 20, "<= 1/20 of evalica"),
        _bar(
            "R4",
            "the same with style held equal",
            ours["style"],
            theirs["arena_rank_style"]["seconds"] / 20,
            "<= 1/20 of arena-rank",
            worth,
        ),
        _bar("R5", "a thousand bootstraps", resamples, by_peer / 10, "<= 1/10 of evalica", f"{RESAMPLES} and 3 timed"),
        _bar("R6", "the settled board", ours["settled"], 0.3, "<= 0.3 s (3 s without a compiler)"),
        _exact(ours, theirs, max(off)),
    ]


def _exact(ours: dict[str, Any], theirs: dict[str, Any], evalica: float) -> Bar:
    arena_rank = max(abs(a - b) for a, b in zip(theirs["arena_rank"]["elo"], ours["elo"], strict=True))
    choix = max(abs(a - b) for a, b in zip(theirs["choix"]["elo"], ours["decisive"], strict=True))
    note = f"evalica at tolerance 1e-12: {evalica:.1g}; arena-rank: {arena_rank:.2g}; choix (decisive votes only): {choix:.1g}"
    off = ours["off"]
    return Bar("R8", "distance to the exact maximum", off, 1e-6, "Elo", "<= 1e-6", off <= 1e-6, 1, (off, off), note)


def _whole(ours: dict[str, Any], whole: dict[str, Any], theirs: dict[str, Any]) -> list[Bar]:
    peaks = ", ".join(f"{name} {theirs[name]['peak'] / 1e6:.0f}" for name in ("evalica", "arena_rank", "arena_rank_style"))
    note = f"in {whole['seconds'][0]:.1f} s, {whole['bytes'] / 1000:.0f} kB of JSON; others for a fit alone: {peaks} MB"
    peak = whole["peak"]
    return [
        Bar(
            "R7",
            "memory of the whole analysis",
            peak / 1e6,
            MOST_BYTES / 1e6,
            "MB",
            "< 300 MB",
            peak < MOST_BYTES,
            1,
            (peak / 1e6, peak / 1e6),
            note,
        )
    ]
