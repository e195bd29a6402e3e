"""A running arena with votes, an edition and a key, as a developer meets it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from arena.battles import projector
from arena.ratings import actions as ratings
from arena.ratings import editions
from arena.ratings.models import Board
from arena.users.models import User
from arena.vendors import actions as vendors
from arena.vendors.models import Organisation
from tests.integration.ratings.votes import cast_many
from tests.processes import ROOT, LiveArena

SOURCE = ROOT / "clients" / "python" / "src"


@dataclass(frozen=True, slots=True)
class Running:
    """One web process on a committed arena; `live` starts more."""

    live: LiveArena
    url: str
    key: str
    organisation: Organisation

    def another_key(self, name: str, *scopes: str) -> str:
        return vendors.make_key(membership=self.organisation.memberships.get(), name=name, scopes=scopes, days=1)[0]


@pytest.fixture
def running(live_arena: LiveArena, settings: Any) -> Running:
    settings.BOARD_TICK_SECONDS = 0
    cast_many(live_arena.arena, 40, seed=3)
    projector.project()
    assert ratings.archive(board=Board.objects.get())
    assert editions.keep_edition()
    ada = User.objects.create_user("ada", "ada@example.org", "a long enough passphrase")
    organisation = vendors.found_organisation(by=ada, slug="amber-labs", name="Amber Labs")
    vendors.enter(organisation=organisation, contender=live_arena.arena.contenders["amber"])
    key, _ = vendors.make_key(membership=organisation.memberships.get(), name="nightly", scopes=["rankings", "organisation"], days=30)
    return Running(live_arena, live_arena.web().url, key, organisation)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a developer works."""
    return tmp_path
