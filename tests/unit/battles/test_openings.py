"""What a vote's commitments commit to."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.battles import openings
from arena.votelog.commitment import canonical

ADA, BEN = uuid.UUID(int=1), uuid.UUID(int=2)
NOVEMBER, LATER = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def rating(**change: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "battle": uuid.UUID(int=7),
        "contenders": ["amber-7", "birch-7"],
        "outcome": "a",
        "ranks": [0, 1],
        "rated": True,
        "turn": 0,
        "attempt": 0,
        "pool": None,
        "category": "",
        "language": "",
        "probability": 1 / 3,
        "pairing": "fresh-first-1",
        "reward": "flat-1",
    }
    return openings.rating_part(**(facts | change))


def person(who: uuid.UUID = ADA, at: datetime = NOVEMBER, secret: bytes = b"secret") -> dict[str, Any]:
    return openings.person_part(secret=secret, person=who, at=at, award=10, reason="flat", dwell="under_10s")


def test_the_rating_part_is_as_it_was_published() -> None:
    assert canonical(rating()) == (
        b'{"attempt":0,"battle":"00000000-0000-0000-0000-000000000007","category":"","contenders":["amber-7","birch-7"],"language":"",'
        b'"outcome":"a","pairing":"fresh-first-1","pool":null,"probability":"0.3333333333333333","ranks":[0,1],"rated":true,'
        b'"reward":"flat-1","turn":0,"v":1}'
    )


@given(st.floats(min_value=0, max_value=1, exclude_min=True))
def test_a_probability_is_read_back_to_the_bit(probability: float) -> None:
    assert float(rating(probability=probability)["probability"]) == probability


def test_every_fact_changes_the_rating_part() -> None:
    changes: list[dict[str, Any]] = [
        {"battle": uuid.UUID(int=8)},
        {"contenders": ["birch-7", "amber-7"]},
        {"outcome": "b"},
        {"ranks": [1, 0]},
        {"rated": False},
        {"turn": 1},
        {"attempt": 1},
        {"pool": "starter"},
        {"category": "x"},
        {"language": "de"},
        {"probability": 0.25},
        {"pairing": "uniform-1"},
        {"reward": "flat-2"},
    ]
    forms = {canonical(rating(**change)) for change in [{}, *changes]}
    assert len(forms) == len(changes) + 1


def test_the_rating_part_tells_nothing_of_the_person() -> None:
    assert not {"pseudonym", "award", "reason", "dwell", "at", "voter"} & set(rating())


def test_a_pseudonym_groups_a_persons_votes_within_a_month_only() -> None:
    assert person()["pseudonym"] == person(at=LATER)["pseudonym"]
    others = [person(at=DECEMBER), person(who=BEN), person(secret=b"another"), person(at=NOVEMBER.replace(year=2027))]
    names = [part["pseudonym"] for part in [person(), *others]]
    assert len(set(names)) == len(names)
    assert ADA.hex not in names[0]
    assert len(names[0]) == 32


def test_the_person_part_has_a_canonical_form() -> None:
    assert set(person()) == {"v", "pseudonym", "award", "reason", "dwell"}
    assert canonical(person())


@pytest.mark.parametrize(
    ("milliseconds", "name"),
    [
        (None, "unknown"),
        (0, "under_3s"),
        (2_999, "under_3s"),
        (3_000, "under_10s"),
        (9_999, "under_10s"),
        (10_000, "under_30s"),
        (29_999, "under_30s"),
        (30_000, "under_2m"),
        (119_999, "under_2m"),
        (120_000, "over_2m"),
        (10**9, "over_2m"),
    ],
)
def test_the_time_to_the_vote_is_told_coarsely(milliseconds: int | None, name: str) -> None:
    assert openings.dwell_class(milliseconds) == name
