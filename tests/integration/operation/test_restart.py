"""Web processes come and go, and nobody notices."""

import io
import json
import signal
import threading
import time

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import connection
from pytest_django import Settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from arena.battles.models import Answer, Status
from tests.integration.operation.load import UNCAPPED, Load, script
from tests.integration.operation.serving import Door
from tests.processes import LiveArena, Story, Web, database_url, eventually

pytestmark = pytest.mark.slow

VOTERS = 3


def stop(web: Web, *, within: float) -> float:
    """SIGTERM; the seconds until it was gone."""
    began = time.monotonic()
    web.process.send_signal(signal.SIGTERM)
    web.process.wait(within)
    return time.monotonic() - began


def test_each_of_two_processes_is_restarted_under_load_and_nothing_is_lost(door: Door) -> None:
    script("slow", speed=3)
    webs = [door.web(**UNCAPPED), door.web(**UNCAPPED)]
    load = Load([door.live.browser(webs[0]) for _ in range(VOTERS)])
    with load.going_on():
        for place in (0, 1):
            load.go_on()
            fresh = door.web(**UNCAPPED)
            stop(webs[place], within=20)
            webs[place] = fresh
        load.go_on()
    load.check()
    assert len(load.voted) >= 6


def test_an_upgrade_under_load_loses_no_vote(door: Door, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A table is changed while people vote and somebody reads it for long; then the processes are replaced."""
    script("slow", speed=3)
    settings.MIGRATE_LOCK_SECONDS = 0.3
    done: list[str] = []

    def alter(*args: object, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE battles_vote ADD COLUMN spare text NULL")
        done.append("altered")

    monkeypatch.setattr(django_migrate.Command, "handle", alter)
    web = door.web(**UNCAPPED)
    load = Load([door.live.browser(web) for _ in range(VOTERS)])
    reader = psycopg.connect(database_url())
    try:
        with load.going_on():
            load.go_on()
            reader.execute("SELECT count(*) FROM battles_vote")  # and holds on to it
            threading.Timer(0.8, reader.close).start()
            call_command("migrate", stderr=io.StringIO())
            load.go_on()
            fresh = door.web(**UNCAPPED)
            stop(web, within=20)
            load.go_on()
            assert fresh.process.poll() is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE battles_vote DROP COLUMN IF EXISTS spare")
    assert done == ["altered"]
    load.check()


def test_an_answer_that_does_not_end_in_time_is_marked_at_once_and_its_reader_told(live_arena: LiveArena) -> None:
    script("hanging")
    web = live_arena.web(DRAIN_SECONDS="1", LEASE_SECONDS="60")
    browser = live_arena.browser(web)
    battle = browser.open()
    story = Story()
    with browser.streaming(battle["stream"]["url"]) as arriving:
        eventually(lambda: Answer.objects.filter(status=Status.STREAMING).count() == 2, what="the generation")
        began = time.monotonic()
        web.process.send_signal(signal.SIGTERM)
        for event in arriving:
            story.add(event)
        told = time.monotonic() - began
    assert story.ended
    assert story.status == {"a": "interrupted", "b": "interrupted"}
    assert 0.5 < told < 5
    web.process.wait(10)
    assert not Answer.objects.exclude(status=Status.INTERRUPTED, lease_until=None).exists()
    # Another process shows it so, and it may be asked again.
    other = live_arena.browser(live_arena.web(), of=browser)
    assert other.send_json(f"battles/{battle['id']}/attempts").status_code == 201


def test_a_running_answer_is_finished_and_votes_are_taken_while_the_notice_lasts(live_arena: LiveArena) -> None:
    script("slow", speed=2)
    web = live_arena.web(DRAIN_NOTICE_SECONDS="3", DRAIN_SECONDS="20")
    browser = live_arena.browser(web)
    judged, running, late = browser.open(), browser.open(), browser.open()
    assert browser.read_all(judged["stream"]["url"]).ended
    story = Story()
    with browser.streaming(running["stream"]["url"]) as arriving:
        story.add(next(arriving))
        web.process.send_signal(signal.SIGTERM)
        probe = live_arena.browser(web, of=browser)
        eventually(lambda: probe.get("/readyz").status_code == 503, within=2, what="the notice")
        assert probe.get(late["stream"]["url"]).status_code == 503
        assert probe.cast(judged["id"], "b").status_code == 200
        for event in arriving:
            story.add(event)
    assert story.ended
    assert set(story.status.values()) == {"done"}
    web.process.wait(10)


def test_watchers_are_told_to_come_again(live_arena: LiveArena) -> None:
    web = live_arena.web()
    with connect(f"ws://127.0.0.1:{web.port}/ws/boards/overall", origin=Origin(web.url)) as watcher:
        assert json.loads(watcher.recv(10))["type"] == "board"
        assert stop(web, within=10) < 5
        with pytest.raises(ConnectionClosed) as closed:
            watcher.recv(5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
