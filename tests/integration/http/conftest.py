"""Every reply that a test here gets through Django's client is held against the OpenAPI schema."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.integration.http import contract


@pytest.fixture(autouse=True)
def _every_reply_keeps_the_contract(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    # Else every client looks at every static file once, which takes longer than most tests.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "servestatic" not in name]
    plain = Client.request

    def checked(self: Client, **request: Any) -> Any:
        reply = plain(self, **request)
        if not reply.streaming:
            contract.check(request["REQUEST_METHOD"], request["PATH_INFO"], reply.status_code, reply.get("Content-Type", ""), reply.content)
        return reply

    monkeypatch.setattr(Client, "request", checked)
