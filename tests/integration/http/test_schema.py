"""The API's description, served."""

import json

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from arena.http import schema as module
from tests.integration.http.contract import schema

ADDRESS = "/api/schema/"


@pytest.fixture(autouse=True)
def _made_anew() -> None:
    module._document.cache_clear()


def test_it_is_what_the_code_says_and_asks_nothing_of_the_database() -> None:
    reply = Client().get(ADDRESS)
    assert reply["Content-Type"] == "application/vnd.oai.openapi+json"
    assert json.loads(reply.content) == schema()
    assert Client().get(ADDRESS, headers={"accept": "application/json"})["Content-Type"] == "application/json"


def test_it_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Client().get(ADDRESS)
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_, **__: 1 / 0)
    again = Client().get(ADDRESS)
    assert (again.status_code, again.content, again["ETag"]) == (200, first.content, first["ETag"])
    assert Client().get(ADDRESS, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert Client().post(ADDRESS).status_code == 405
