"""Gives a test run a PostgreSQL of its own when `DATABASE_URL` is unset: `python -m pytest -p tests.plugins.postgres`.

A plugin and not a fixture, because pytest-django reads the settings before any conftest is imported. The
controller starts one server in a temporary folder; workers of xdist inherit its address. The keeper stops
the server and removes the folder after the run, even one that was killed.
"""

import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from arena.embedded import postgres
from arena.embedded.cluster import Cluster

STOP_SECONDS = 20.0

_ours: Cluster | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Start the server; a wrapper runs before every plain implementation, pytest-django's among them."""
    global _ours
    if not os.environ.get("DATABASE_URL"):
        folder = Path(tempfile.mkdtemp(prefix="evenhand-tests-"))
        # As root PostgreSQL runs as a system user, who must be able to pass.
        folder.chmod(0o711)
        _ours = Cluster(folder, throwaway=True, linger=0.0)
        os.environ["DATABASE_URL"] = postgres.attach(_ours, progress=_nothing)
        os.environ["TESTS_FOLDER"] = str(folder)
    return (yield)


def pytest_unconfigure() -> None:
    """Stop the server that this process started and wait until its folder is gone."""
    global _ours
    if _ours is not None:
        del os.environ["DATABASE_URL"], os.environ["TESTS_FOLDER"]
        postgres.detach(_ours, wait=STOP_SECONDS)
        if _ours.folder.exists():
            print(f"The tests' database is still in {_ours.folder}", file=sys.stderr)
        _ours = None


def _nothing(sentence: str) -> None:
    pass
