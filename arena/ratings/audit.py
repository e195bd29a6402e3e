"""A second opinion: ballots rated again by the `trueskill` package, an implementation that is not ours. The only importer of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import trueskill

from arena.ratings import skill


@dataclass(frozen=True, slots=True)
class Audit:
    """How many ballots were seen and rated twice, and the largest difference in mu or sigma (rating units)."""

    seen: int
    compared: int
    worst: float


def audit(items: Iterable[skill.Ballot | skill.ParameterChange], sample: float, rng: Random) -> Audit:
    """Fold everything; rate a share `sample` (0 to 1) of the ballots by the package too, from the same skills before."""
    table: skill.Table = {}
    parameters = skill.Parameters()
    seen = compared = 0
    worst = 0.0
    for item in items:
        if isinstance(item, skill.ParameterChange):
            parameters = item.parameters
            continue
        seen += 1
        chosen = rng.random() < sample
        expected = _by_package(table, item, parameters) if chosen else {}
        skill.fold(table, [item], parameters)
        for contender, (mu, sigma) in expected.items():
            worst = max(worst, abs(table[contender][0] - mu), abs(table[contender][1] - sigma))
        compared += chosen
    return Audit(seen=seen, compared=compared, worst=worst)


def _by_package(table: skill.Table, ballot: skill.Ballot, parameters: skill.Parameters) -> dict[int, skill.Skill]:
    # The package's default backend is only good to 5e-7.
    environment = trueskill.TrueSkill(
        mu=parameters.mu0,
        sigma=parameters.sigma0,
        beta=parameters.beta,
        tau=parameters.tau,
        draw_probability=parameters.draw_probability,
        backend="scipy",
    )
    fresh = (parameters.mu0, parameters.sigma0)
    # The package chains equal ranks as they come, `skill` by id.
    places = sorted(zip(ballot.contenders, ballot.ranks, strict=True))
    before = [(environment.create_rating(*table.get(contender, fresh)),) for contender, _ in places]
    after = environment.rate(before, ranks=[rank for _, rank in places], min_delta=1e-12)
    return {contender: (float(team[0].mu), float(team[0].sigma)) for (contender, _), team in zip(places, after, strict=True)}
