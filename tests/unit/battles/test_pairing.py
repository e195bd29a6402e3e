"""Pairing: what is drawn, how often, and that the stated probability is the true one."""

import math
import random
from collections import Counter
from dataclasses import replace
from itertools import combinations, permutations
from statistics import NormalDist

import pytest
from scipy.stats import chi2

from arena.battles.pairing import Bounds, Candidate, Choice, NotEnoughContenders, Policy, choose, redraw
from arena.battles.pairing.contests import CAP_RATIO
from arena.battles.pairing.draws import fresh_first_weights, law_of
from tests.stopwatch import at_best

VOTES = (0, 3, 10, 40, 200, 1_000)
UNIFORM = Policy(name="uniform", version="uniform-1", uniform_share=0.2)
FRESH_FIRST = Policy(name="fresh_first", version="fresh-first-1", uniform_share=0.2)
MISORDER = Policy(name="misorder", version="misorder-1", uniform_share=0.2)
CONTESTED = Policy(name="contested", version="contested-1", uniform_share=0.2)
BOUNDS = Bounds(contender_floor=0.1, contender_cap=0.25, vendor_floor=0.3, vendor_cap=0.36)
BOUND = [replace(policy, bounds=BOUNDS) for policy in (UNIFORM, FRESH_FIRST, MISORDER, CONTESTED)]
ALL = [UNIFORM, FRESH_FIRST, MISORDER, CONTESTED, *BOUND]
POLICIES = pytest.mark.parametrize("policy", ALL, ids=lambda policy: policy.label)


# How many sums over all pairs' numbers a law may take to be made, and a draw from one that is there; how many sorts of the candidates a
# draw that looks at no pairs.
MAKING, DRAWING, SORTS = 20, 1, 100


def candidates(*votes: int) -> list[Candidate]:
    return [Candidate(10 + n, f"vendor {n % 3}", 25.0 + n, 8.0 / math.sqrt(1.0 + count / 20.0), count) for n, count in enumerate(votes)]


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
    pool, rng, draws = candidates(*VOTES), random.Random(11), 5_000
    counts: Counter[frozenset[int]] = Counter()
    chances: dict[frozenset[int], float] = {}
    for _ in range(draws):
        choice = choose(pool, policy, rng, sides)
        one = frozenset(choice.sides)
        counts[one] += 1
        assert math.isclose(chances.setdefault(one, choice.probability), choice.probability, rel_tol=1e-12)
    assert len(chances) == math.comb(len(VOTES), sides)
    assert sum(chances.values()) == pytest.approx(1.0, abs=1e-9)
    assert misfit(counts, chances, draws) > 0.001


@pytest.mark.parametrize("sides", [2, 3, 4])
def test_the_stated_probability_is_that_of_the_definition(sides: int) -> None:
    pool, rng = candidates(*VOTES), random.Random(12)
    weights = dict(zip((one.contender for one in pool), fresh_first_weights(pool), strict=True))
    for _ in range(200):
        choice = choose(pool, FRESH_FIRST, rng, sides)
        assert choice.probability == pytest.approx(set_chance(weights, frozenset(choice.sides), FRESH_FIRST.uniform_share))


@POLICIES
def test_the_order_of_the_sides_is_uniform(policy: Policy) -> None:
    rng, draws = random.Random(13), 4_000
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
    assert choose(candidates(*VOTES), MISORDER, random.Random(1)).sides == (10, 15)
    assert choose(candidates(*VOTES), CONTESTED, random.Random(1)).sides == (10, 14)
    assert choose(candidates(*VOTES), BOUND[3], random.Random(2)).sides == (14, 15)


def test_uniform_gives_every_pair_the_same_probability() -> None:
    assert choose(candidates(*VOTES), UNIFORM, random.Random(1)).probability == pytest.approx(1 / 15, rel=1e-12)


def test_fresh_contenders_come_first_but_not_beyond_the_cap() -> None:
    weights = fresh_first_weights(candidates(*VOTES))
    assert weights == sorted(weights, reverse=True)
    assert max(weights) / min(weights) == CAP_RATIO
    rng = random.Random(14)
    seen = Counter(side for _ in range(4_000) for side in choose(candidates(*VOTES), FRESH_FIRST, rng).sides)
    assert seen[10] > 2 * seen[15] > 0


def test_equal_votes_make_fresh_first_uniform() -> None:
    assert choose(candidates(5, 5, 5), FRESH_FIRST, random.Random(1)).probability == pytest.approx(1 / 3)


def test_no_pair_is_impossible() -> None:
    pool = candidates(0, 0, 0, 10**9, 10**9)
    rng = random.Random(15)
    drawn = {frozenset(choose(pool, replace(FRESH_FIRST, uniform_share=0.05), rng).sides) for _ in range(4_000)}
    assert len(drawn) == 10


def test_two_contenders_always_meet() -> None:
    choice = choose(candidates(0, 10**6), FRESH_FIRST, random.Random(1))
    assert set(choice.sides) == {10, 11}
    assert choice.probability == pytest.approx(1.0)
    assert choice.probability <= 1.0


@pytest.mark.parametrize(("votes", "sides"), [((), 2), ((5,), 2), ((5, 5), 3), ((5, 5, 5), 4)])
def test_too_few_contenders_are_an_error_that_says_how_many(votes: tuple[int, ...], sides: int) -> None:
    with pytest.raises(NotEnoughContenders) as caught:
        choose(candidates(*votes), UNIFORM, random.Random(1), sides)
    assert (caught.value.needed, caught.value.available) == (sides, len(votes))


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in ({"name": "misspelt"}, {"uniform_share": 0.0}, {"uniform_share": 1.5}):
        with pytest.raises(ValueError):
            replace(UNIFORM, **wrong)
    for sides in (0, 1, 7):
        with pytest.raises(ValueError):
            choose(candidates(*VOTES), UNIFORM, random.Random(1), sides)
    with pytest.raises(ValueError):
        choose([*candidates(1, 2), *candidates(3)], UNIFORM, random.Random(1))


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


def choose_anew(pool: list[Candidate], policy: Policy, sides: int = 2) -> Choice:
    """A draw whose law has still to be made, as after every change of the standings."""
    law_of.cache_clear()
    return choose(pool, policy, random.Random(18), sides)


@pytest.mark.parametrize("policy", [UNIFORM, FRESH_FIRST], ids=lambda policy: policy.name)
def test_a_draw_among_two_thousand_takes_few_sorts_of_them_and_ten_times_as_long_as_among_two_hundred(policy: Policy) -> None:
    rng = random.Random(18)
    pool = candidates(*(rng.randrange(10_000) for _ in range(2_000)))
    assert isinstance(choose(pool, policy, rng, sides=4), Choice)

    def seconds(size: int) -> float:
        return at_best(lambda: choose_anew(pool[:size], policy, sides=4), of=9)

    assert seconds(2_000) < 30 * seconds(200)
    assert seconds(2_000) < SORTS * at_best(lambda: sorted(pool, key=lambda one: one.contender))


@pytest.mark.parametrize("policy", [MISORDER, CONTESTED, *BOUND], ids=lambda policy: policy.label)
def test_a_law_over_four_hundred_is_made_once_while_standings_hold_and_takes_few_sums_over_its_pairs(policy: Policy) -> None:
    rng = random.Random(19)
    pool = candidates(*(rng.randrange(10_000) for _ in range(400)))
    law_of.cache_clear()
    for _ in range(10):
        choose(pool, policy, rng)
    assert law_of.cache_info().misses == 1
    pairs = [rng.random() for _ in range(len(pool) ** 2)]
    one_sum = at_best(lambda: sum(pairs))
    assert at_best(lambda: choose_anew(pool, policy)) < MAKING * one_sum
    assert at_best(lambda: choose(pool, policy, rng)) < DRAWING * one_sum


def chances(pool: list[Candidate], policy: Policy, sides: int = 2) -> dict[frozenset[int], float]:
    """What the policy's law says of every set of contenders."""
    law = law_of(tuple(pool), policy)
    return {frozenset(pool[p].contender for p in places): law.probability(places) for places in combinations(range(len(pool)), sides)}


@POLICIES
@pytest.mark.parametrize("sides", [2, 3, 4, 5, 6])
def test_the_probabilities_of_all_sets_sum_to_one(policy: Policy, sides: int) -> None:
    told = chances(candidates(*VOTES, 2, 7), policy, sides)
    assert len(told) == math.comb(8, sides)
    assert min(told.values()) > 0.0
    assert sum(told.values()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("sides", [2, 3, 4])
def test_pairs_and_those_who_join_them_are_drawn_as_defined(sides: int) -> None:
    # Slowly: every order in which the set may come, each next one in proportion to its weights with all before it.
    pool = candidates(*VOTES)
    weights = law_of(tuple(pool), MISORDER).weights  # type: ignore[attr-defined]
    for places in combinations(range(6), sides):
        chance = 0.0
        for order in permutations(places):
            one = weights[order[0], order[1]] / weights.sum()
            for drawn in range(2, sides):
                to_all = [0.0 if other in order[:drawn] else weights[list(order[:drawn]), other].sum() for other in range(6)]
                one *= to_all[order[drawn]] / sum(to_all)
            chance += one
        assert law_of(tuple(pool), MISORDER).probability(places) == pytest.approx(chance, rel=1e-12)


def test_misorder_draws_pairs_in_proportion_to_the_probability_that_their_order_is_wrong() -> None:
    pool = [Candidate(n, "v", mu, sigma, 50) for n, (mu, sigma) in enumerate([(25.0, 1.0), (26.0, 1.5), (31.0, 0.7), (25.5, 3.0)])]
    wrong = {
        frozenset((a.contender, b.contender)): NormalDist().cdf(-abs(a.mu - b.mu) / math.hypot(a.sigma, b.sigma))
        for a, b in combinations(pool, 2)
    }
    told = chances(pool, replace(MISORDER, uniform_share=0.25))
    for pair, chance in wrong.items():
        assert told[pair] == pytest.approx(0.25 / 6 + 0.75 * chance / sum(wrong.values()), abs=1e-6)


@pytest.mark.parametrize("policy", [MISORDER, CONTESTED], ids=lambda policy: policy.name)
def test_neighbours_meet_oftener_than_strangers(policy: Policy) -> None:
    pool = [Candidate(n, "v", 20.0 + 2.0 * n, 0.8, 100) for n in range(10)]
    told = chances(pool, policy)
    ladder = [told[frozenset((0, n))] for n in range(1, 10)]
    assert ladder == sorted(ladder, reverse=True)
    assert ladder[0] > 2.0 * ladder[-1]


@pytest.mark.parametrize("policy", [FRESH_FIRST, MISORDER, CONTESTED], ids=lambda policy: policy.name)
@pytest.mark.parametrize("known", [10, 40, 400])
def test_a_newcomer_is_drawn_soon_but_not_in_every_battle(policy: Policy, known: int) -> None:
    rng = random.Random(20)
    pool = [Candidate(n, f"vendor {n}", rng.gauss(25.0, 3.0), rng.uniform(0.4, 0.6), 500) for n in range(known)]
    law = law_of((*pool, Candidate(known, "new", 25.0, 25.0 / 3.0, 0)), policy)
    exposed = sum(law.probability((other, known)) for other in range(known))
    assert 2.5 * 2.0 / (known + 1) < exposed < 0.75


def test_the_least_known_are_sooner_drawn_under_contested() -> None:
    pool = [Candidate(n, "v", 25.0, 1.0 + 0.1 * (n == 3), 100) for n in range(6)]
    told = chances(pool, CONTESTED)
    assert told[frozenset((3, 4))] > 1.5 * told[frozenset((1, 4))]


@POLICIES
def test_two_contenders_always_meet_whatever_the_policy(policy: Policy) -> None:
    choice = choose(candidates(0, 10**6), policy, random.Random(1))
    assert set(choice.sides) == {10, 11}
    assert choice.probability == pytest.approx(1.0)


@POLICIES
def test_whoever_is_left_alone_takes_the_side(policy: Policy) -> None:
    assert redraw(candidates(5), (99,), policy, random.Random(1)) == (10, 1.0)


def test_a_label_says_all_that_the_rule_depends_on() -> None:
    assert UNIFORM.label == "uniform-1;uniform_share=0.2"
    assert BOUND[2].label == "misorder-1;uniform_share=0.2;contender=0.1-0.25;vendor=0.3-0.36"
    longest = replace(FRESH_FIRST, uniform_share=0.1234, bounds=Bounds(0.1111, 0.2222, 0.3333, 0.4444))
    assert len(longest.label) <= 80, "a battle has no more room"
