"""Reconciliation: one unit too much or too little on any side is told, and by the right name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.credits.reconcile import Account, Books, differences

SIGNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
EVEN = Books(
    ledger_points=70,
    converted_points=70,
    leaves=70_000,
    sealed_total=70_000,
    good=2,
    good_total=50_000,
    committed=50_000,
    supply=30_000,
    redeemed=10_000,
    claimed=40_000,
    paid_out=3_333,
    redemptions=3_333,
    numerator=1,
    denominator=3,
    holdings=13_334,
    liabilities=13_334,
    signers={SIGNER: Account(next_nonce=5, used=4, waiting=4)},
)


def told(books: Books) -> set[str]:
    return {code for code, subjects in differences(books).items() if subjects}


def test_books_that_agree_tell_nothing() -> None:
    assert not told(EVEN)


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("ledger_points", "ledger"),
        ("converted_points", "ledger"),
        ("leaves", "leaves"),
        ("sealed_total", "leaves"),
        ("good_total", "committed"),
        ("committed", "committed"),
        ("supply", "supply"),
        ("claimed", "supply"),
        ("paid_out", "paid_out"),
        ("redemptions", "paid_out"),
    ],
)
def test_one_unit_of_difference_is_told_by_its_name(column: str, code: str, by: int) -> None:
    assert told(replace(EVEN, **{column: getattr(EVEN, column) + by})) == {code}


def test_a_treasury_one_unit_short_is_told_and_one_unit_more_is_not() -> None:
    assert told(replace(EVEN, holdings=13_333)) == {"liabilities"}
    assert not told(replace(EVEN, holdings=13_335))


@given(redeemed=st.integers(0, 10**24), numerator=st.integers(1, 10**9), denominator=st.integers(1, 10**9), more=st.integers(1, 10**6))
def test_paying_more_than_the_rate_is_told_at_any_rate(redeemed: int, numerator: int, denominator: int, more: int) -> None:
    paid = redeemed * numerator // denominator
    books = replace(EVEN, redeemed=redeemed, claimed=EVEN.supply + redeemed, numerator=numerator, denominator=denominator)
    assert not told(replace(books, paid_out=paid, redemptions=paid))
    assert told(replace(books, paid_out=paid + more, redemptions=paid + more)) == {"paid_out"}


def test_a_nonce_that_we_did_not_sign_is_told_and_one_that_is_missing_too() -> None:
    strange = differences(replace(EVEN, signers={SIGNER: Account(next_nonce=5, used=6, waiting=None)}))["nonce"]
    assert "who else has its key" in strange[SIGNER]
    gap = differences(replace(EVEN, signers={SIGNER: Account(next_nonce=9, used=4, waiting=6)}))["nonce"]
    assert "one is missing" in gap[SIGNER]
