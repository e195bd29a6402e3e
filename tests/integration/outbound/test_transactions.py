"""No network call inside a database transaction, with Django's real connections."""

import asyncio

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import transaction

from arena import outbound


async def fetch() -> int:
    with outbound.use_transport(httpx.MockTransport(lambda request: httpx.Response(204))):
        async with outbound.stream("GET", "https://provider.test/") as response:
            return response.status


@pytest.mark.django_db
@pytest.mark.parametrize("run", [lambda: asyncio.run(fetch()), async_to_sync(fetch)], ids=["same thread", "async_to_sync"])
def test_a_call_inside_atomic_is_refused_and_one_beside_it_is_not(run: object) -> None:
    assert callable(run)
    assert run() == 204  # the test case's own transaction does not count
    with transaction.atomic(), pytest.raises(outbound.InTransaction):
        run()
    assert run() == 204
