"""Pairing: what is drawn, how often, and that the stated probability is the true one."""

import math
import random
import time
from collections import Counter
from itertools import combinations

import pytest
from scipy.stats import chi2

from arena.battles.pairing import Candidate, Choice, NotEnoughContenders, Policy, choose, fresh_first_weights, redraw

VOTES = (0, 3, 10, 40, 200, 1_000)
UNIFORM = Policy(name="uniform", version="uniform-1")
FRESH_FIRST = Policy(name="fresh_first", version="fresh-first-1", uniform_share=0.2, cap_ratio=10.0)
POLICIES = pytest.mark.parametrize("policy", [UNIFORM, FRESH_FIRST], ids=lambda policy: policy.name)


def candidates(*votes: int) -> list[Candidate]:
    return [Candidate(10 + n, f"vendor {n % 3}", 25.0, 8.0, count) for n, count in enumerate(votes)]


def misfit(counts: Counter[frozenset[int]], chances: dict[frozenset[int], float], draws: int) -> float:
    """p-value of Pearson's chi-square."""
    square = sum((counts[one] - draws * chance) ** 2 / (draws * chance) for one, chance in chances.items())
    return float(chi2.sf(square, len(chances) - 1))


def set_chance(weights: dict[int, float], one: frozenset[int], share: float) -> float:
    """The definition, written out slowly: draw one after another, then mix with the uniform share."""

    def without_putting_back(left: dict[int, float], wanted: frozenset[int]) -> float:
        if not wanted:
            return 1.0
        total = sum(left.values())
        return sum(left[w] / total * without_putting_back({k: v for k, v in left.items() if k != w}, wanted - {w}) for w in wanted)

    return share / math.comb(len(weights), len(one)) + (1.0 - share) * without_putting_back(weights, one)


@POLICIES
@pytest.mark.parametrize("sides", [2, 3, 4])
def test_drawn_frequencies_match_the_stated_probabilities(policy: Policy, sides: int) -> None:
    pool, rng, draws = candidates(*VOTES), random.Random(11), 20_000
    counts: Counter[frozenset[int]] = Counter()
    chances: dict[frozenset[int], float] = {}
    for _ in range(draws):
        choice = choose(pool, policy, rng, sides)
        one = frozenset(choice.sides)
        counts[one] += 1
        assert chances.setdefault(one, choice.probability) == pytest.approx(choice.probability, rel=1e-12)
    assert len(chances) == math.comb(len(VOTES), sides)
    assert sum(chances.values()) == pytest.approx(1.0, abs=1e-9)
    assert misfit(counts, chances, draws) > 0.001


@pytest.mark.parametrize("sides", [2, 3, 4])
def test_the_stated_probability_is_that_of_the_definition(sides: int) -> None:
    pool, rng = candidates(*VOTES), random.Random(12)
    weights = dict(zip((one.contender for one in pool), fresh_first_weights(pool, FRESH_FIRST.cap_ratio), strict=True))
    for _ in range(200):
        choice = choose(pool, FRESH_FIRST, rng, sides)
        assert choice.probability == pytest.approx(set_chance(weights, frozenset(choice.sides), FRESH_FIRST.uniform_share))


@POLICIES
def test_the_order_of_the_sides_is_uniform(policy: Policy) -> None:
    rng, draws = random.Random(13), 12_000
    pairs = Counter(choose(candidates(*VOTES), policy, rng).sides for _ in range(draws))
    for a, b in combinations([10 + n for n in range(len(VOTES))], 2):
        both = pairs[a, b] + pairs[b, a]
        assert abs(pairs[a, b] - both / 2) < 4.0 * math.sqrt(both / 4)
    triples = Counter(choose(candidates(0, 50, 900), policy, rng, sides=3).sides for _ in range(draws))
    assert len(triples) == 6
    assert max(triples.values()) - min(triples.values()) < 6.0 * math.sqrt(draws / 6)


@POLICIES
def test_the_same_seed_gives_the_same_sides_in_whatever_order_the_candidates_come(policy: Policy) -> None:
    pool = candidates(*VOTES)
    for seed in range(50):
        assert choose(pool, policy, random.Random(seed)) == choose(pool[::-1], policy, random.Random(seed))


def test_a_draw_is_reproduced_in_later_builds() -> None:
    # Stored battles name their seed, and whoever draws them again must get the same sides: what changes these lines
    # needs a new policy version.
    assert choose(candidates(*VOTES), FRESH_FIRST, random.Random(1)).sides == (13, 15)
    assert choose(candidates(*VOTES), FRESH_FIRST, random.Random(2)).sides == (10, 14)


def test_uniform_gives_every_pair_the_same_probability() -> None:
    assert choose(candidates(*VOTES), UNIFORM, random.Random(1)).probability == pytest.approx(1 / 15, rel=1e-12)


def test_fresh_contenders_come_first_but_not_beyond_the_cap() -> None:
    weights = fresh_first_weights(candidates(*VOTES), cap_ratio=10.0)
    assert weights == sorted(weights, reverse=True)
    assert max(weights) / min(weights) == 10.0
    rng = random.Random(14)
    seen = Counter(side for _ in range(4_000) for side in choose(candidates(*VOTES), FRESH_FIRST, rng).sides)
    assert seen[10] > 2 * seen[15] > 0


def test_equal_votes_make_fresh_first_uniform() -> None:
    assert choose(candidates(5, 5, 5), FRESH_FIRST, random.Random(1)).probability == pytest.approx(1 / 3)


def test_no_pair_is_impossible() -> None:
    pool = candidates(0, 0, 0, 10**9, 10**9)
    steep = Policy(name="fresh_first", version="x", uniform_share=0.05, cap_ratio=1e6)
    rng = random.Random(15)
    drawn = {frozenset(choose(pool, steep, rng).sides) for _ in range(4_000)}
    assert len(drawn) == 10


def test_two_contenders_always_meet() -> None:
    choice = choose(candidates(0, 10**6), FRESH_FIRST, random.Random(1))
    assert set(choice.sides) == {10, 11}
    assert choice.probability == pytest.approx(1.0)
    assert choice.probability <= 1.0


def test_a_named_pair_is_certain_and_its_sides_are_shuffled() -> None:
    policy = Policy(name="named", version="named-1", named=(12, 10))
    rng = random.Random(16)
    choices = [choose(candidates(*VOTES), policy, rng) for _ in range(200)]
    assert {choice.probability for choice in choices} == {1.0}
    assert {choice.sides for choice in choices} == {(10, 12), (12, 10)}


@pytest.mark.parametrize(("votes", "sides"), [((), 2), ((5,), 2), ((5, 5), 3), ((5, 5, 5), 4)])
def test_too_few_contenders_are_an_error_that_says_how_many(votes: tuple[int, ...], sides: int) -> None:
    with pytest.raises(NotEnoughContenders) as caught:
        choose(candidates(*votes), UNIFORM, random.Random(1), sides)
    assert (caught.value.needed, caught.value.available) == (sides, len(votes))


def test_a_named_contender_that_cannot_be_drawn_now_is_an_error() -> None:
    with pytest.raises(NotEnoughContenders):
        choose(candidates(1, 2), Policy(name="named", version="named-1", named=(10, 99)), random.Random(1))


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in (
        {"name": "misspelt"},
        {"uniform_share": 0.0},
        {"uniform_share": 1.5},
        {"cap_ratio": 0.5},
        {"name": "named"},
        {"name": "named", "named": (1, 1)},
    ):
        with pytest.raises(ValueError):
            Policy(**wrong)
    for sides in (0, 1, 7):
        with pytest.raises(ValueError):
            choose(candidates(*VOTES), UNIFORM, random.Random(1), sides)
    with pytest.raises(ValueError):
        choose([*candidates(1, 2), *candidates(3)], UNIFORM, random.Random(1))
    with pytest.raises(ValueError):
        choose(candidates(*VOTES), Policy(name="named", version="n", named=(10, 11)), random.Random(1), sides=3)


@POLICIES
def test_redrawn_frequencies_match_the_conditional_probabilities(policy: Policy) -> None:
    pool, rng, draws = candidates(*VOTES), random.Random(17), 10_000
    counts: Counter[frozenset[int]] = Counter()
    chances: dict[frozenset[int], float] = {}
    for _ in range(draws):
        contender, probability = redraw(pool, (11,), policy, rng, barred=(13,))
        counts[frozenset((contender,))] += 1
        chances[frozenset((contender,))] = probability
    assert set(chances) == {frozenset((n,)) for n in (10, 12, 14, 15)}
    assert sum(chances.values()) == pytest.approx(1.0)
    assert misfit(counts, chances, draws) > 0.001


def test_a_redraw_needs_somebody_left() -> None:
    contender, probability = redraw(candidates(1, 2, 3), (10, 11), FRESH_FIRST, random.Random(1))
    assert contender == 12
    assert probability == pytest.approx(1.0)
    with pytest.raises(NotEnoughContenders):
        redraw(candidates(1, 2), (10, 11), FRESH_FIRST, random.Random(1))
    with pytest.raises(NotEnoughContenders):
        redraw(candidates(1, 2), (10,), FRESH_FIRST, random.Random(1), barred=(11,))


def test_a_named_battle_is_never_drawn_again() -> None:
    with pytest.raises(NotEnoughContenders):
        redraw(candidates(1, 2, 3), (10,), Policy(name="named", version="n", named=(10, 11)), random.Random(1))


@POLICIES
def test_two_thousand_candidates_take_far_less_than_50_ms(policy: Policy) -> None:
    rng = random.Random(18)
    pool = candidates(*(rng.randrange(10_000) for _ in range(2_000)))
    fastest = math.inf
    for _ in range(5):
        started = time.perf_counter()
        choice = choose(pool, policy, rng, sides=4)
        fastest = min(fastest, time.perf_counter() - started)
        assert isinstance(choice, Choice)
    assert fastest < 0.05
