"""Secrets at rest: only the environment's keys open them, and they show nowhere."""

import io
import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from arena.errors import SecretsLocked
from arena.outbound import Secret
from arena.providers import actions, queries, vault
from arena.providers.models import Provider
from tests.cast import Arena
from tests.processes import ROOT, LiveArena, database_url, free_port

KEY = "sk-vermilion-0123456789abcdef"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def keyed(arena: Arena, settings: Any) -> Provider:
    """A provider whose key was sealed with OLD."""
    settings.SECRETS_KEYS = [OLD]
    return actions.set_key(provider=Provider.objects.get(), key=Secret(KEY))


def stored() -> str:
    return Provider.objects.values_list("key_sealed", flat=True).get()


def test_a_key_is_stored_encrypted_and_opened_where_it_is_sent(keyed: Provider) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM providers_provider p")
        assert KEY not in cursor.fetchone()[0]
    assert queries.key_of(keyed).reveal() == KEY
    assert vault.seal(Secret(KEY)) != vault.seal(Secret(KEY)), "the same key twice is not seen to be the same"
    assert vault.seal(Secret()) == ""
    assert not vault.opened("")


def test_a_key_that_was_entered_goes_before_the_environments(keyed: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE_KEY", "from the environment")
    keyed.key_env = "STAGE_KEY"
    assert queries.key_of(keyed).reveal() == KEY
    keyed.key_sealed = ""
    assert queries.key_of(keyed).reveal() == "from the environment"
    monkeypatch.delenv("STAGE_KEY")
    assert not queries.has_key(keyed)


def test_rotation_moves_every_secret_to_the_newest_key_and_then_the_old_one_can_go(keyed: Provider, settings: Any) -> None:
    before = stored()
    settings.SECRETS_KEYS = [NEW, OLD]
    out = io.StringIO()
    call_command("rotate_secrets", stdout=out)
    assert out.getvalue().splitlines()[0] == "1 secrets are encrypted by the newest key"
    assert stored() != before
    settings.SECRETS_KEYS = [NEW]
    assert vault.opened(stored()).reveal() == KEY
    settings.SECRETS_KEYS = [OLD]
    with pytest.raises(SecretsLocked):
        vault.opened(stored())


def test_a_rotation_that_cannot_open_everything_changes_nothing(keyed: Provider, settings: Any) -> None:
    settings.SECRETS_KEYS = [NEW]
    other = actions.set_provider(slug="other", name="Other", protocol="scripted", base_url="scripted:")
    actions.set_key(provider=other, key=Secret("sk-another"))
    before = list(Provider.objects.order_by("pk").values_list("key_sealed", flat=True))
    with pytest.raises(CommandError, match="provider Stage; nothing was changed"):
        call_command("rotate_secrets")
    assert list(Provider.objects.order_by("pk").values_list("key_sealed", flat=True)) == before


def test_what_no_key_opens_can_be_forgotten_and_nothing_else(keyed: Provider, settings: Any) -> None:
    settings.SECRETS_KEYS = [NEW]
    other = actions.set_provider(slug="other", name="Other", protocol="scripted", base_url="scripted:")
    actions.set_key(provider=other, key=Secret("sk-another"))
    assert vault.locked() == ["provider Stage"]
    out = io.StringIO()
    call_command("rotate_secrets", "--forget", stdout=out)
    assert out.getvalue().splitlines()[:2] == ["forgotten: the secret of provider Stage", "1 secrets are encrypted by the newest key"]
    assert vault.locked() == []
    assert vault.opened(Provider.objects.get(slug="other").key_sealed).reveal() == "sk-another"


@pytest.mark.parametrize("token", ["gAAAAA", "x" * 200, "gAAAAABm" + "A" * 100, "💥"])
def test_a_token_that_was_tampered_with_is_refused_and_not_repeated(db: None, token: str) -> None:
    with pytest.raises(SecretsLocked) as refused:
        vault.opened(token)
    assert token not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_admin_shows_that_there_is_a_key_and_never_the_key(keyed: Provider, admin_client: Client) -> None:
    for path in ("/admin/providers/provider/", f"/admin/providers/provider/{keyed.pk}/change/"):
        page = admin_client.get(path)
        assert page.status_code == 200
        assert KEY.encode() not in page.content
        assert keyed.key_sealed.encode() not in page.content


def test_a_stream_that_fails_tells_nobody_the_key(keyed: Provider) -> None:
    shown = f"{queries.endpoint(as_route(keyed))!r}"
    assert KEY not in shown
    assert keyed.key_sealed not in shown


def as_route(provider: Provider) -> Any:
    class Route:
        protocol, base_url, flags, model, stranger = provider.protocol, provider.base_url, provider.flags, "m", provider.stranger
        key_env, key_sealed = provider.key_env, provider.key_sealed

    return Route()


@pytest.mark.parametrize(
    "argv", [["manage.py", "worker"], ["manage.py", "web", "--processes", "1"], ["-m", "uvicorn", "arena.asgi:application"]]
)
def test_no_process_starts_while_a_secret_cannot_be_opened(transactional_db: None, argv: list[str]) -> None:
    actions.set_key(provider=Provider.objects.get(slug=Arena.seeded().contenders["amber"].route.provider.slug), key=Secret(KEY))
    env = LiveArena(Arena({})).environment(SECRETS_KEYS=NEW)
    port = [] if "worker" in argv else ["--port", str(free_port())]
    ended = subprocess.run([sys.executable, *argv, *port], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode
    assert "SECRETS_KEYS does not open 1 stored secrets: provider Stage" in ended.stderr
    assert KEY not in ended.stderr + ended.stdout


def test_a_deployment_that_knows_both_keys_starts_between_the_steps_of_a_rotation(transactional_db: None) -> None:
    Arena.seeded()
    env = os.environ | {"DATABASE_URL": database_url()}
    actions.set_key(provider=Provider.objects.get(), key=Secret(KEY))
    known = LiveArena(Arena({})).environment()["SECRETS_KEYS"]
    run = [sys.executable, "manage.py", "rotate_secrets"]
    done = subprocess.run(
        run, cwd=ROOT, env={**env, "SECRETS_KEYS": f"{NEW},{known}"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    refused = subprocess.run(run, cwd=ROOT, env={**env, "SECRETS_KEYS": known}, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    again = subprocess.run(run, cwd=ROOT, env={**env, "SECRETS_KEYS": NEW}, capture_output=True, text=True, timeout=60, check=False)
    assert "1 secrets are encrypted by the newest key\n" in again.stdout, again.stderr
