"""Agreement against a published value, against two other libraries, against another way to compute it, and at its borders."""

from dataclasses import astuple
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.prompts.agreement import agreement

# Four observers, twelve units: the example of Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", whose alpha is 0.743; and
# `cac.raw4raters` of the R package irrCAC, which gives 0.743421 and 0.81818 for the raw agreement. A letter is one observer's judgement.
PUBLISHED = "111 2232 3333 3333 2222 1234 4444 1121 2222 555 11 3"
# By irrCAC 0.4.4 (Python) raw, alpha and AC1, without the units that one alone has judged; alpha by krippendorff 0.9.0 is the same.
SCALE = "fstb"
OF_LIBRARIES = {
    "ffs fff ssf ssf sss sbf bbf ftf sss sts tbf sff": (0.44444, 0.17647, 0.28901),
    "f ffff bbbb sfstf fff ffff sfsf f fffsf fff sfff bbff ssts ffff tts ffft ffff ffsff tff fttt": (0.65185, 0.36165, 0.57355),
    "tb ts fs tb sf sb ts st st sb bt sf tb ss ts": (0.06667, -0.28889, -0.21739),
    "fff ffff fff ffff ffs ff fff ffff fff fff sss tt fff ffff ffff fff fff fff fbff ffs ffff ffff fff fff fff fff fff fff ffsf fff": (
        0.92222,
        0.52709,
        0.91682,
    ),
}
items_of = st.lists(st.text("abc", min_size=0, max_size=5), min_size=1, max_size=12)


def test_alpha_is_that_of_krippendorffs_own_example() -> None:
    found = agreement(PUBLISHED.split(), "12345")
    assert (found.items, found.judgements) == (11, 40)
    assert found.alpha == pytest.approx(0.743421, abs=1e-6)
    assert found.raw == pytest.approx(0.81818, abs=1e-5)


@pytest.mark.parametrize(("units", "known"), OF_LIBRARIES.items())
def test_all_three_are_those_of_other_libraries(units: str, known: tuple[float, float, float]) -> None:
    found = agreement(units.split(), SCALE)
    assert (found.raw, found.alpha, found.ac1) == pytest.approx(known, abs=1e-5)


def test_one_frequent_judgement_lowers_alpha_and_not_ac1() -> None:
    found = agreement(["ff"] * 96 + ["fs"] * 4, "fs")
    assert found.raw == pytest.approx(0.96)
    assert found.alpha is not None
    assert found.alpha < 0
    assert found.ac1 is not None
    assert found.ac1 > 0.95


@given(items_of)
def test_alpha_is_one_minus_observed_over_expected_disagreement_by_counting_pairs(items: list[str]) -> None:
    judged = [item for item in items if len(item) > 1]
    pooled = "".join(judged)
    apart = sum((one != other) / (len(item) - 1) for item in judged for one, other in permutations(item, 2))
    expected = sum(one != other for one, other in permutations(pooled, 2))
    found = agreement(items, "abc")
    if not expected:
        assert found.alpha is None
    else:
        assert found.alpha == pytest.approx(1 - (apart / len(pooled)) / (expected / (len(pooled) * (len(pooled) - 1))))


@given(items_of)
def test_raw_agreement_is_the_mean_over_things_of_the_share_of_equal_pairs(items: list[str]) -> None:
    shares = [sum(a == b for a, b in pairs) / len(pairs) for item in items if (pairs := list(combinations(item, 2)))]
    found = agreement(items, "abc")
    assert found.items == len(shares)
    assert found.raw is None if not shares else found.raw == pytest.approx(sum(shares) / len(shares))


@given(items_of, st.randoms())
def test_the_order_of_things_and_of_judgements_does_not_matter_nor_what_one_alone_said(items: list[str], random: object) -> None:
    other = ["".join(sorted(item)) for item in items] + ["c", "", "a"]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert astuple(agreement(other, "abc")) == pytest.approx(astuple(agreement(items, "abc")))


def test_where_nothing_was_judged_twice_nothing_is_said() -> None:
    assert agreement(["a", "", "b"], "ab") == agreement([], "ab")
    assert agreement([], "ab").raw is None


def test_full_agreement_is_one_and_undefined_for_alpha_where_all_is_alike() -> None:
    found = agreement(["aa", "bbb"], "ab")
    assert (found.raw, found.alpha, found.ac1) == pytest.approx((1, 1, 1))
    alike = agreement(["aa", "aaa"], "ab")
    assert (alike.raw, alike.alpha, alike.ac1) == (1, None, 1)


def test_a_word_that_is_not_on_the_scale_and_a_scale_of_one_are_refused() -> None:
    with pytest.raises(ValueError, match="not on the scale: c"):
        agreement(["ac"], "ab")
    with pytest.raises(ValueError, match="two words"):
        agreement([], "a")
