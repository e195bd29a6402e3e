"""The simulator draws, judges and rates as the arena does, and says which policy needs fewer votes."""

from collections import Counter
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from arena.battles.pairing import NAMES, Bounds, Candidate, Policy
from arena.battles.pairing.draws import law_of
from arena.battles.pairing.simulation import Arenas, Array, World, simulate, table
from arena.ratings import skill


def policy(name: str, share: float = 0.25) -> Policy:
    return Policy(name=name, version=f"{name}-1", uniform_share=share)


def lived_in(name: str, votes: int = 150) -> Arenas:
    """Three arenas of twelve after some votes."""
    arenas, rng = Arenas(3, 12, policy(name)), np.random.default_rng(4)
    skills = World(12, "normal", 4.0).skills(3, rng)
    for _ in range(votes):
        a, b = arenas.draw(rng)
        arenas.rate(a, b, skills[arenas.runs, a] - skills[arenas.runs, b] + rng.normal(size=3) * 6.0)
    return arenas


def candidates(arenas: Arenas, run: int) -> tuple[Candidate, ...]:
    columns = zip(arenas.mu[run].tolist(), arenas.sigma[run].tolist(), arenas.votes[run].tolist(), strict=True)
    return tuple(Candidate(place, "v", mu, sigma, int(votes)) for place, (mu, sigma, votes) in enumerate(columns))


def pair_chances(arenas: Arenas) -> Array:
    """(runs, contenders, contenders): the probability of each unordered pair, twice; 0 on the diagonal."""
    needs, size = arenas.needs(), arenas.mu.shape[1]
    first = arenas.firsts(needs)
    first /= first.sum(axis=1, keepdims=True)
    ordered = np.zeros_like(arenas.doubts)
    for place in range(size):
        second = arenas.seconds(needs, np.full(len(arenas.runs), place))
        ordered[:, place] = first[:, place, None] * second / second.sum(axis=1, keepdims=True)
    even = (1.0 - np.eye(size)) * 2.0 / (size * (size - 1))
    share = arenas.policy.uniform_share
    found: Array = share * even + (1.0 - share) * (ordered + ordered.transpose(0, 2, 1))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_simulated_pairs_have_the_probabilities_of_real_draws(name: str) -> None:
    arenas = lived_in(name)
    told = pair_chances(arenas)
    for run in range(3):
        law = law_of(candidates(arenas, run), policy(name))
        for a in range(12):
            for b in range(a):
                assert told[run, a, b] == pytest.approx(law.probability((a, b)), rel=1e-9)
                assert told[run, b, a] == told[run, a, b]


@pytest.mark.parametrize("name", NAMES)
def test_simulated_pairs_are_drawn_as_often_as_told(name: str) -> None:
    arenas, rng, draws = lived_in(name), np.random.default_rng(5), 6_000
    seen: Counter[tuple[int, ...]] = Counter()
    for _ in range(draws):
        a, b = arenas.draw(rng)
        seen[tuple(sorted((int(a[0]), int(b[0]))))] += 1
    told = pair_chances(arenas)[0]
    for first in range(12):
        for second in range(first):
            wanted = draws * told[first, second]
            assert abs(seen[second, first] - wanted) < 5.0 * np.sqrt(wanted) + 1.0


def test_simulated_votes_are_rated_as_the_live_fold_rates_them() -> None:
    arenas = Arenas(1, 3, policy("uniform"))
    margin = skill.Parameters().draw_margin
    table: skill.Table = {}
    ballots = []
    for seq, (a, b, gap) in enumerate([(0, 1, 2.0 * margin), (1, 2, -3.0 * margin), (2, 0, 0.5 * margin), (1, 0, -0.9 * margin)]):
        arenas.rate(np.array([a]), np.array([b]), np.array([gap]))
        ranks = (0, 0) if abs(gap) <= margin else (0, 1) if gap > 0 else (1, 0)
        ballots.append(skill.Ballot(seq, (a, b), ranks))
    skill.fold(table, ballots, skill.Parameters())
    for place in range(3):
        assert (arenas.mu[0, place], arenas.sigma[0, place]) == pytest.approx(table[place], rel=1e-12)


def test_an_even_world_is_evenly_spaced_and_a_normal_one_has_its_spread() -> None:
    even = World(5, "even", 4.0).skills(2, np.random.default_rng(1))
    assert even.tolist() == [[21.0, 23.0, 25.0, 27.0, 29.0]] * 2
    normal = World(400, "normal", 3.0).skills(20, np.random.default_rng(1))
    assert normal.mean() == pytest.approx(25.0, abs=0.2)
    assert normal.std() == pytest.approx(3.0, abs=0.1)


def test_the_same_seed_gives_the_same_course() -> None:
    runs = [simulate(World(6), policy("contested"), runs=3, votes=400, seed=seed) for seed in (7, 7, 8)]
    assert (runs[0].tau == runs[1].tau).all()
    assert (runs[0].widest == runs[1].widest).all()
    assert (runs[0].widest != runs[2].widest).any()


def test_a_course_knows_when_it_got_there() -> None:
    course = simulate(World(4, "even", 20.0), policy("uniform"), runs=4, votes=600, seed=1, every=20)
    assert course.votes.tolist() == list(range(0, 601, 20))
    assert course.tau[0].tolist() == [0.0] * 4  # nobody is known
    assert (course.tau[-1] == 1.0).all()
    assert 0.0 < course.votes_of_mean_to(0.9) < 600.0
    assert (course.votes_to(0.9) <= course.votes_to(1.0)).all()
    assert np.isfinite(course.votes_to_sure()).all()
    assert np.isinf(course.votes_to(1.1)).all()
    assert (np.diff(course.widest, axis=0) < 0.0).all()


def test_what_cannot_be_simulated_is_refused() -> None:
    for wrong in ({"layout": "odd"}, {"spread": 0.0}, {"contenders": 2}):
        with pytest.raises(ValueError):
            World(**wrong)
    with pytest.raises(ValueError):
        Arenas(2, 5, replace(policy("uniform"), bounds=Bounds(contender_cap=0.2)))


def test_the_table_has_a_line_for_every_policy() -> None:
    lines = list(table(World(5), [policy("uniform"), policy("misorder")], runs=3, votes=400, seed=1, at=(200,)))
    assert [line.split(";")[0] for line in lines[2:-1]] == ["uniform-1", "misorder-1"]
    assert all("tau 0.95" in line and "widest at 200" in line and "sure of the first" in line for line in lines[2:-1])
    assert lines[-1].startswith("by the true skills")
    assert lines[-1].count("drawn evenly") == 3


def test_the_command_prints_the_table() -> None:
    told = StringIO()
    call_command("simulate_pairing", "uniform", "contested", "--contenders=5", "--runs=2", "--votes=200", "--layout=normal", stdout=told)
    lines = told.getvalue().splitlines()
    assert lines[0] == "5 contenders, normal, spread 4; 2 runs of 200 votes; seed 1"
    assert [line.split(" ")[0] for line in lines[2:-1]] == ["uniform-1;uniform_share=0.25", "contested-1;uniform_share=0.25"]


def apart(fewer: Array, more: Array) -> float:
    """By how many standard errors the first mean is below the second."""
    error = np.sqrt(fewer.var(ddof=1) / len(fewer) + more.var(ddof=1) / len(more))
    return float((more.mean() - fewer.mean()) / error)


@pytest.mark.parametrize("name", ["misorder", "contested"])
def test_fewer_votes_find_the_order_of_spread_contenders_than_under_uniform(name: str) -> None:
    world = World(40, "even", 10.0)
    votes = {
        one: np.minimum(simulate(world, policy(one), runs=24, votes=3_000, seed=3, every=100).votes_to(0.93), 3_000)
        for one in ("uniform", name)
    }
    assert apart(votes[name], votes["uniform"]) > 3.0
    assert votes[name].mean() < 0.85 * votes["uniform"].mean()


@pytest.mark.slow
def test_contested_orders_close_contenders_better_than_uniform_without_wider_intervals() -> None:
    even, contested = (simulate(World(), policy(name), runs=96, votes=9_000, seed=3) for name in ("uniform", "contested"))
    assert apart(even.tau[-1], contested.tau[-1]) > 2.0
    for moment in (24, 45):  # 4,800 and 9,000 votes
        assert apart(contested.widest[moment], even.widest[moment]) > 3.0


def test_misorder_pays_with_wider_intervals_and_contested_does_not() -> None:
    misorder, contested = (simulate(World(), policy(name), runs=48, votes=4_800, seed=3) for name in ("misorder", "contested"))
    assert contested.widest[-1].mean() < 0.8 * misorder.widest[-1].mean()
