"""Drawing a hidden contender: as often as is set, against anybody alike, with the probability that is stated."""

from collections import Counter
from math import comb

import pytest

from arena import clock
from arena.battles.pairing import Candidate, trial

OTHERS = [Candidate(number, f"v{number}", 25.0 + number, 1.0 + number, 100 * number) for number in range(1, 6)]
HIDDEN = [90, 91]


@pytest.mark.parametrize("sides", [2, 3, 4])
def test_every_set_comes_as_often_as_its_stated_probability(sides: int) -> None:
    share, draws, rng = 0.4, 30_000, clock.rng(7)
    seen: Counter[frozenset[int]] = Counter()
    stated = share / len(HIDDEN) / comb(len(OTHERS), sides - 1)
    for _ in range(draws):
        choice = trial(HIDDEN, OTHERS, share, rng, sides)
        if choice:
            assert choice.probability == stated
            assert len(set(choice.sides)) == sides
            assert len(set(choice.sides) & set(HIDDEN)) == 1
            seen[frozenset(choice.sides)] += 1
    assert len(seen) == len(HIDDEN) * comb(len(OTHERS), sides - 1)
    assert sum(seen.values()) / draws == pytest.approx(share, abs=0.02)
    assert all(count / draws == pytest.approx(stated, rel=0.35) for count in seen.values())


def test_it_stands_on_every_side_alike() -> None:
    rng = clock.rng(8)
    places = Counter(choice.sides[0] in HIDDEN for _ in range(4000) if (choice := trial(HIDDEN, OTHERS, 1.0, rng)))
    assert places[True] / 4000 == pytest.approx(0.5, abs=0.04)


def test_without_anybody_hidden_no_chance_is_used_up_and_without_enough_others_nobody_is_drawn() -> None:
    rng = clock.rng(9)
    before = rng.getstate()
    assert trial([], OTHERS, 1.0, rng) is None
    assert trial(HIDDEN, OTHERS[:1], 1.0, rng) is None
    assert rng.getstate() == before
    assert trial(HIDDEN, OTHERS, 0.0, rng) is None
