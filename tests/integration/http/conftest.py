"""Every reply that a test here gets through Django's client is held against the OpenAPI schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.integration.http import contract


@pytest.fixture(autouse=True)
def _every_reply_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plain = Client.request

    def checked(self: Client, **request: Any) -> Any:
        reply = plain(self, **request)
        if not reply.streaming:
            contract.check(request["REQUEST_METHOD"], request["PATH_INFO"], reply.status_code, reply.get("Content-Type", ""), reply.content)
        return reply

    monkeypatch.setattr(Client, "request", checked)
    yield
