"""Our challenges and the reference implementation's are the same."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from arena import clock
from arena.errors import ProofOfWorkRequired
from arena.http import altcha, limits

# Made by `altcha.v1.create_challenge` of the Python package altcha 2.3.0, with our derived key for this SECRET_KEY.
GOLDEN = {
    "algorithm": "SHA-256",
    "challenge": "90771ef9f4124ebcceee01aa0d358d0cc32be8ced93f26ba4f408c50f2025cf7",
    "salt": "676f6c64656e20766563746f?expires=1795348800&",
    "signature": "67d47e1e473a2aca31de57ab843ad4e95c02cafaddcbabf71e18f1e138df49c1",
}
NUMBER, EXPIRES = 4321, datetime.fromtimestamp(1_795_348_800, UTC)


@pytest.fixture(autouse=True)
def _key(settings: Settings) -> None:
    settings.SECRET_KEY = "s" * 50


def test_a_challenge_is_that_of_the_reference(settings: Settings) -> None:
    settings.POW_WORK = 100_000
    made = altcha.challenge(salt=b"golden vecto", number=NUMBER, expires=EXPIRES)
    assert made == GOLDEN | {"maxnumber": 100_000}


def test_a_solution_of_the_reference_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[limits.Window] = []

    def take(windows: list[limits.Window]) -> list[limits.State]:
        used.extend(windows)
        return [limits.State(window, 0, 1, False) for window in windows]

    monkeypatch.setattr(limits, "take", take)
    solution = base64.b64encode(json.dumps(GOLDEN | {"number": NUMBER}).encode()).decode()
    with clock.frozen(EXPIRES - timedelta(seconds=1)):
        altcha.spend(solution)
    assert [(window.subject, window.quota) for window in used] == [(GOLDEN["challenge"], 1)]
    with clock.frozen(EXPIRES), pytest.raises(ProofOfWorkRequired, match="too old"):
        altcha.spend(solution)
    assert len(used) == 1
