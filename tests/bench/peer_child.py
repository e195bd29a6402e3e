"""One peer at work, in its own environment: `python peer_child.py <peer> <folder>` reads the folder's arrays and prints JSON.

Knows nothing of the arena, and imports a peer only when it is asked for: the project's own environment has none of them.
Times are the best of several runs, without a first one that compiles; `peak` is the memory of the whole process, bytes.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Arrays = dict[str, Any]
ELO = 400 / 2.302585092994046
RATED = 5_000  # by the trueskill package: its rate does not depend on how many
RUNS = 3
RESAMPLES = 3  # of the thousand that a whole bootstrap takes


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work finds, and its seconds: by the clock or of processor time, whichever is less (others may keep the machine busy)."""
    begun, used = time.perf_counter(), time.process_time()
    found = work()
    return found, min(time.perf_counter() - begun, time.process_time() - used)


def best(work: Callable[[], Any]) -> tuple[Any, float]:
    """The same, the quickest of several."""
    runs = [timed(work) for _ in range(RUNS)]
    return runs[-1][0], min(seconds for _, seconds in runs)


def trueskill(arrays: Arrays) -> dict[str, Any]:
    package: Any = import_module("trueskill")
    environment = package.TrueSkill(tau=0.0, draw_probability=0.25)
    table: dict[int, Any] = {}
    columns = [arrays[name][:RATED].tolist() for name in ("first", "second", "outcome")]

    def replay() -> None:
        for a, b, outcome in zip(*columns, strict=True):
            ahead, behind = (b, a) if outcome == 1 else (a, b)
            ratings = (table.get(one) or environment.create_rating() for one in (ahead, behind))
            table[ahead], table[behind] = package.rate_1vs1(*ratings, drawn=outcome == 2, env=environment)

    _, seconds = timed(replay)
    return {"votes": RATED, "seconds": seconds}


def _evalica(arrays: Arrays) -> tuple[Any, list[str], list[str], list[Any]]:
    package: Any = import_module("evalica")
    winners = [(package.Winner.X, package.Winner.Y, package.Winner.Draw)[outcome] for outcome in arrays["outcome"].tolist()]
    first, second = ([f"c{number:04}" for number in arrays[side].tolist()] for side in ("first", "second"))
    return package, first, second, winners


def evalica(arrays: Arrays) -> dict[str, Any]:
    package, first, second, winners = _evalica(arrays)
    index: Any = import_module("pandas").Index(sorted(set(first) | set(second)))
    found, seconds = best(lambda: package.bradley_terry(first, second, winners, index=index, tolerance=1e-12, limit=1000))
    _, default = timed(lambda: package.bradley_terry(first, second, winners, index=index))
    scores = found.scores.sort_index().to_numpy()
    elo = ELO * import_module("numpy").log(scores)
    return {"seconds": seconds, "default_seconds": default, "elo": (elo - elo.mean()).tolist()}


def evalica_bootstrap(arrays: Arrays) -> dict[str, Any]:
    package, first, second, winners = _evalica(arrays)

    def resample(times: int) -> float:
        method = {"n_resamples": times, "bootstrap_method": "percentile", "random_state": 1}
        return timed(lambda: package.bootstrap(package.bradley_terry, first, second, winners, **method))[1]

    once = resample(1)
    return {"seconds_each": (resample(1 + RESAMPLES) - once) / RESAMPLES}


def _frame(arrays: Arrays) -> Any:
    pandas: Any = import_module("pandas")
    names = {number: f"c{number:04}" for number in range(int(max(arrays["first"].max(), arrays["second"].max())) + 1)}
    told = pandas.Series(arrays["outcome"]).map({0: "model_a", 1: "model_b", 2: "tie"})
    frame = pandas.DataFrame({"model_a": arrays["first"], "model_b": arrays["second"], "winner": told})
    return frame.assign(model_a=frame.model_a.map(names), model_b=frame.model_b.map(names))


def arena_rank(arrays: Arrays) -> dict[str, Any]:
    data: Any = import_module("arena_rank.utils.data_utils")
    model: Any = import_module("arena_rank.models.bradley_terry")
    frame = _frame(arrays)

    def whole() -> Any:
        dataset = data.PairDataset.from_pandas(frame)
        found = model.BradleyTerry(n_competitors=len(dataset.competitors)).compute_ratings_and_cis(dataset)
        return [float(value) for value in found["ratings"]], [float(value) for value in found["rating_lower"]]

    _, cold = timed(whole)
    (ratings, _), seconds = best(whole)
    mean = sum(ratings) / len(ratings)
    return {"seconds": seconds, "cold_seconds": cold, "elo": [value - mean for value in ratings]}


def arena_rank_style(arrays: Arrays) -> dict[str, Any]:
    data: Any = import_module("arena_rank.utils.data_utils")
    model: Any = import_module("arena_rank.models.contextual_bradley_terry")
    frame, table = _frame(arrays), arrays["covariates"]
    columns = [f"x{column}" for column in range(table.shape[1])]
    frame = frame.assign(**{name: table[:, column] for column, name in enumerate(columns)})

    def whole() -> Any:
        dataset = data.ContextualPairDataset.from_pandas(frame, feature_cols=columns, normalize_features=False, reweighted=False)
        fitted = model.ContextualBradleyTerry(len(dataset.competitors), len(columns))
        found = fitted.compute_ratings_and_cis(dataset)
        return [float(value) for value in found["coeffs"]], [float(value) for value in found["rating_lower"]]

    _, cold = timed(whole)
    (coefficients, _), seconds = best(whole)
    return {"seconds": seconds, "cold_seconds": cold, "coefficients": coefficients}


def choix(arrays: Arrays) -> dict[str, Any]:
    """Ties count half for each in our fit and cannot be said to this package: it gets the decisive votes, as counts."""
    numpy: Any = import_module("numpy")
    package: Any = import_module("choix")
    n, counts = arrays["contenders"], arrays["wins"]
    found, seconds = timed(lambda: package.ilsr_pairwise_dense(counts, alpha=0.0, tol=1e-12, max_iter=1000))
    elo = ELO * numpy.asarray(found)
    return {"seconds": seconds, "contenders": int(n), "elo": (elo - elo.mean()).tolist()}


PEERS = {peer.__name__: peer for peer in (trueskill, evalica, evalica_bootstrap, arena_rank, arena_rank_style, choix)}


def main() -> None:
    numpy: Any = import_module("numpy")
    peer, folder = sys.argv[1], Path(sys.argv[2])
    found = PEERS[peer]({path.stem: numpy.load(path) for path in folder.glob("*.npy")})
    print(json.dumps(found | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
