"""The fixed cast, and an arena to act in."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client

from arena.http.cache import Kept
from arena.moderation import current
from arena.users.models import User
from tests.anvil import Anvil, Contracts, running
from tests.cast import Arena, Person
from tests.plugins import template
from tests.rpc_server import RpcServer

# How long it takes to think of examples says something about the machine, and nothing about the code.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_configure() -> None:
    django_settings.PASSWORD_HASHERS = ["tests.hashers.Quick"]
    django_settings.SERVESTATIC_USE_FINDERS = False  # each client would look through the folders of all apps for files


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """pytest-django's hook before a worker's database is made: it is a copy, where the server is this run's own."""
    if folder := os.environ.get("TESTS_FOLDER"):
        template.made_once(Path(folder))
        ours = connections["default"].settings_dict
        ours["TEST"]["TEMPLATE"] = ours["NAME"]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether databases are left where they are: the run's own server goes away with all of them, whoever is still connected."""
    return "TESTS_FOLDER" in os.environ


@pytest.fixture(autouse=True)
def _rules_of_this_test() -> Iterator[None]:
    """What a process knows of the rules in force outlives a test; a test's own rules must not. Nor what it found out a moment ago."""
    yield
    current.forget()
    for name in [name for name in sys.modules if name.startswith("arena.")]:
        for thing in list(vars(sys.modules[name]).values()):
            if isinstance(thing, Kept):
                thing._known.clear()


@pytest.fixture
def arena(db: None) -> Arena:
    """An arena with four scripted contenders (Amber, Birch, Cedar, Dune) and a starter pool, in this test's transaction."""
    return Arena.seeded()


@pytest.fixture
def ada(arena: Arena) -> Person:
    """A guest who has accepted the terms."""
    return arena.person("ada")


@pytest.fixture
def ben(arena: Arena) -> Person:
    """Another guest who has accepted the terms."""
    return arena.person("ben")


@pytest.fixture
def admin_client(admin_user: User) -> Client:
    """pytest-django's, with the second factor without which the admin lets nobody in."""
    Authenticator.objects.create(user=admin_user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def stranger(arena: Arena) -> Client:
    """A browser without a session."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def live_arena(transactional_db: None, tmp_path_factory: Any) -> Iterator[Any]:
    """A committed arena with real web processes: see tests/processes.py."""
    from tests.processes import LiveArena

    live = LiveArena(Arena.seeded())
    try:
        yield live
    finally:
        live.stop()


@pytest.fixture(scope="session")
def one_anvil() -> Iterator[Anvil]:
    """This worker's chain. Tests take `anvil`, which puts it back."""
    with running() as chain:
        yield chain


@pytest.fixture(scope="session")
def settled_anvil() -> Iterator[Anvil]:
    """Another chain of this worker's, on which our contracts stand once a test has asked for them."""
    with running() as chain:
        yield chain


@pytest.fixture
def anvil(request: pytest.FixtureRequest, settings: Any) -> Iterator[Anvil]:
    """A development chain, and settings that lead to it. What a test does on it is undone after the test."""
    with_contracts = "deployed_chain" in request.fixturenames
    one: Anvil = request.getfixturevalue("settled_anvil" if with_contracts else "one_anvil")
    settings.CHAIN_RPC_URL, settings.CHAIN_ID, settings.DEBUG = one.url, one.chain.id, True
    if with_contracts:
        request.getfixturevalue("db")
        if one.contracts is None:
            one.contracts = Contracts.deploy(one)
    with one.put_back():
        yield one


@pytest.fixture
def hostile(anvil: Anvil, settings: Any) -> Iterator[RpcServer]:
    """A node in front of `anvil` that misbehaves when told to; the settings lead to it."""
    server = RpcServer(anvil.url)
    settings.CHAIN_RPC_URL = server.url
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def deployed_chain(anvil: Anvil, db: None) -> Contracts:
    """Our contracts on `anvil`, recorded: where each stands, and terms that suit tests."""
    assert anvil.contracts
    anvil.contracts.record()
    return anvil.contracts
