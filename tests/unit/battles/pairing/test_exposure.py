"""Floors and caps: they hold, they give way as stated, and they move no more than they must."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.battles.pairing import NAMES, Bounds, Candidate, Policy
from arena.battles.pairing.draws import law_of
from arena.battles.pairing.exposure import HIGHEST_SHARE, TOLERANCE, Array, bounded, shares
from arena.battles.pairing.laws import Pairs

SLACK = 10.0 * TOLERANCE


def weights(size: int, seed: int = 1) -> Array:
    """Uneven pair weights; the first contender has far more than the others."""
    given = np.random.default_rng(seed).uniform(0.2, 1.0, (size, size))
    given[0] *= 20.0
    given = given + given.T
    np.fill_diagonal(given, 0.0)
    return given


def of_vendors(found: Array, vendors: list[str]) -> dict[str, float]:
    return {vendor: sum(float(share) for share, owner in zip(found, vendors, strict=True) if owner == vendor) for vendor in vendors}


def own(size: int) -> list[str]:
    return [str(n) for n in range(size)]


def test_contenders_are_lifted_to_the_floor_and_held_under_the_cap() -> None:
    before = shares(weights(10))
    after = shares(bounded(weights(10), own(10), Bounds(contender_floor=0.08, contender_cap=0.15)))
    assert before.min() < 0.08
    assert before.max() > 0.15
    assert after.min() == pytest.approx(0.08, abs=SLACK)
    assert after.max() == pytest.approx(0.15, abs=SLACK)


def test_vendors_are_lifted_to_the_floor_and_held_under_the_cap() -> None:
    vendors = ["many"] * 7 + ["few"] * 2 + ["one"]
    after = of_vendors(shares(bounded(weights(10), vendors, Bounds(vendor_floor=0.2, vendor_cap=0.45))), vendors)
    assert after == pytest.approx({"many": 0.45, "few": after["few"], "one": 0.2}, abs=SLACK)
    assert 0.2 <= after["few"] <= 0.45


def test_bounds_that_hold_already_change_nothing() -> None:
    given = weights(8)
    after = bounded(given, own(8), Bounds(contender_floor=0.01))
    assert after == pytest.approx(given / given.sum(), rel=1e-6)


def test_between_contenders_that_are_not_at_a_bound_proportions_stay() -> None:
    # Scaling by one factor for each contender keeps every cross ratio, which is what tells the pairs of four apart.
    given, after = weights(8), bounded(weights(8), own(8), Bounds(contender_floor=0.05, contender_cap=0.2))
    assert after[1, 2] * after[3, 4] / (after[1, 4] * after[3, 2]) == pytest.approx(given[1, 2] * given[3, 4] / (given[1, 4] * given[3, 2]))


def test_a_floor_above_an_even_share_becomes_the_even_share() -> None:
    assert shares(bounded(weights(10), own(10), Bounds(contender_floor=0.3))) == pytest.approx(0.1, abs=SLACK)


def test_a_cap_below_an_even_share_becomes_the_even_share() -> None:
    assert shares(bounded(weights(10), own(10), Bounds(contender_cap=0.02))) == pytest.approx(0.1, abs=SLACK)


def test_a_single_vendor_has_everything_whatever_its_cap() -> None:
    found = shares(bounded(weights(6), ["sole"] * 6, Bounds(contender_cap=0.2, vendor_cap=0.1)))
    assert found.sum() == pytest.approx(1.0)
    assert found.max() <= 0.2 + SLACK


def test_a_vendors_cap_goes_before_the_floors_of_its_contenders() -> None:
    vendors = ["many"] * 8 + own(4)
    found = shares(bounded(weights(12), vendors, Bounds(contender_floor=0.06, vendor_cap=0.4)))
    assert of_vendors(found, vendors)["many"] == pytest.approx(0.4, abs=SLACK)
    assert found[:8] == pytest.approx(0.05, abs=SLACK)


def test_a_contenders_cap_goes_before_its_vendors_floor() -> None:
    vendors = ["one", *["many"] * 9]
    found = shares(bounded(weights(10), vendors, Bounds(contender_cap=0.15, vendor_floor=0.3)))
    assert found[0] == pytest.approx(0.15, abs=SLACK)


def test_caps_too_low_for_the_whole_are_raised_where_there_is_room() -> None:
    vendors = ["one", *["many"] * 9]
    found = of_vendors(shares(bounded(weights(10), vendors, Bounds(vendor_cap=0.45))), vendors)
    assert found["one"] == pytest.approx(HIGHEST_SHARE, abs=SLACK)
    assert found["many"] == pytest.approx(1.0 - HIGHEST_SHARE, abs=SLACK)


def test_bounds_that_make_no_sense_are_refused() -> None:
    for wrong in ((0.3, 0.2, 0.0, 1.0), (-0.1, 1.0, 0.0, 1.0), (0.0, 1.1, 0.0, 1.0), (0.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.5, 0.4)):
        with pytest.raises(ValueError):
            Bounds(*wrong)


fractions = st.sampled_from([0.0, 0.01, 0.03, 0.1, 0.25, 0.5, 0.8, 1.0])
bounds = st.tuples(fractions, fractions, fractions, fractions).map(
    lambda four: Bounds(min(four[:2]), max(*four[:2], 0.01), min(four[2:]), max(*four[2:], 0.01))
)
people = st.builds(
    Candidate,
    contender=st.integers(0, 999),
    vendor=st.sampled_from("abcdefgh"),
    mu=st.floats(-10.0, 60.0),
    sigma=st.floats(0.05, 9.0),
    votes=st.integers(0, 10**6),
)
pools = st.lists(people, min_size=2, max_size=14, unique_by=lambda one: one.contender).map(
    lambda pool: tuple(sorted(pool, key=lambda one: one.contender))
)


@settings(max_examples=60, deadline=None)
@given(pool=pools, bounds=bounds, name=st.sampled_from(list(NAMES)), share=st.sampled_from([0.05, 0.25, 1.0]))
def test_whatever_the_bounds_pairs_stay_possible_and_what_can_hold_holds(
    pool: tuple[Candidate, ...], bounds: Bounds, name: str, share: float
) -> None:
    law = law_of(pool, Policy(name=name, version="x", uniform_share=share, bounds=bounds))
    chances = [law.probability((a, b)) for b in range(len(pool)) for a in range(b)]
    assert min(chances) > 0.0
    assert sum(chances) == pytest.approx(1.0, abs=1e-9)
    if not isinstance(law, Pairs):
        return
    found = shares(law.weights)
    highest = max(HIGHEST_SHARE, 1.0 / len(pool)) + SLACK
    if bounds != Bounds():
        assert found.max() <= highest
    vendors = [one.vendor for one in pool]
    even = {vendor: vendors.count(vendor) / len(pool) for vendor in vendors}
    if bounds.vendor_floor == 0.0 and bounds.vendor_cap == 1.0:
        assert found.min() >= min(bounds.contender_floor, 1.0 / len(pool)) - SLACK
        assert found.max() <= max(min(bounds.contender_cap, highest), 1.0 / len(pool)) + SLACK
    # Where an even draw would keep every bound, all of them can hold.
    elif bounds.contender_floor <= 1.0 / len(pool) <= bounds.contender_cap and all(
        bounds.vendor_floor <= one <= bounds.vendor_cap for one in even.values()
    ):
        assert found.min() >= bounds.contender_floor - SLACK
        assert found.max() <= bounds.contender_cap + SLACK
        assert all(bounds.vendor_floor - SLACK <= one <= bounds.vendor_cap + SLACK for one in of_vendors(found, vendors).values())


def test_drawing_keeps_the_bounds_in_the_long_run() -> None:
    pool = tuple(Candidate(n, "a" if n < 6 else "b", 25.0, 8.0 if n == 0 else 0.5, 100 * n) for n in range(10))
    law = law_of(pool, Policy(name="contested", version="x", uniform_share=0.2, bounds=Bounds(contender_cap=0.15, vendor_floor=0.45)))
    rng, draws = Random(5), 20_000
    sides = [position for _ in range(draws) for position in law.draw(2, rng)]
    spread = math.sqrt(0.25 / draws)
    assert sides.count(0) / len(sides) <= 0.15 + 4.0 * spread
    assert sum(position >= 6 for position in sides) / len(sides) >= 0.45 - 4.0 * spread
