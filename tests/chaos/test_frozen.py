"""A process that is frozen, and wakes: meanwhile the others go on without it, and then it does no harm and goes on too."""

import signal
import subprocess
import time
from pathlib import Path

from arena import clock
from arena.battles.models import Answer, Status
from arena.database import IDLE_TRANSACTION_SECONDS
from arena.votelog import actions as votelog
from arena.votelog.models import Entry
from tests.integration.operation.load import script
from tests.processes import LiveArena, eventually

# A projector that stops dead in the midst of its first numbering, the lock in its hand.
FREEZES = """
import os, signal, django
os.environ["DJANGO_SETTINGS_MODULE"] = "arena.settings"
django.setup()
from django.core.management import call_command
from django.db import transaction
from arena.votelog import actions
number, frozen = actions.number, []

def freezes_once(**limits):
    with transaction.atomic():
        done = number(**limits)
        if done and not frozen:
            frozen.append(True)
            os.kill(os.getpid(), signal.SIGSTOP)
        return done

actions.number = freezes_once
call_command("projector")
"""


def _submit(facts: int) -> None:
    for _ in range(facts):
        votelog.submit(kind="vote", subject=clock.new_id(), commit=clock.new_salt(), commit_person=clock.new_salt())


def _numbered() -> list[int]:
    return list(Entry.objects.order_by("seq").values_list("seq", flat=True))


def _projector(live_arena: LiveArena) -> subprocess.Popen[bytes]:
    """One that has begun to work."""
    started, before = live_arena.projector(), len(_numbered())
    _submit(1)
    eventually(lambda: len(_numbered()) > before, what="the projector's first work")
    return started


def _stopped(child: subprocess.Popen[bytes]) -> bool:
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_a_projector_that_freezes_with_the_lock_in_its_hand_stops_nobody_for_long_and_goes_on_when_it_wakes(live_arena: LiveArena) -> None:
    before = len(_numbered())
    frozen = live_arena.start("-c", FREEZES)
    _submit(3)
    eventually(lambda: _stopped(frozen), what="the freeze")
    assert votelog.number() == 0, "it holds the lock"
    eventually(lambda: votelog.number() == 3, within=IDLE_TRANSACTION_SECONDS + 3, what="the numbering by another")
    frozen.send_signal(signal.SIGCONT)
    _submit(2)
    eventually(lambda: len(_numbered()) == before + 5, within=10, what="the numbering by the one that woke")
    assert _numbered() == list(range(before + 5))
    assert frozen.poll() is None


def test_a_web_process_that_sleeps_beyond_its_lease_finds_its_answers_interrupted_and_leaves_them_so(live_arena: LiveArena) -> None:
    """Nobody looks at the battle meanwhile: it is the projector that notices."""
    script("slow")
    web, projector = live_arena.web(LEASE_SECONDS="1"), _projector(live_arena)
    browser = live_arena.browser(web)
    battle = browser.open()
    with browser.streaming(battle["stream"]["url"]) as arriving:
        next(arriving)
        eventually(lambda: Answer.objects.filter(status=Status.STREAMING).exclude(text="").count() == 2, what="the first words")
        web.process.send_signal(signal.SIGSTOP)
        eventually(lambda: Answer.objects.filter(status=Status.INTERRUPTED).count() == 2, within=6, what="the notice")
        kept = sorted(Answer.objects.values_list("pk", "text", "status"))
        web.process.send_signal(signal.SIGCONT)
    time.sleep(1)
    assert sorted(Answer.objects.values_list("pk", "text", "status")) == kept
    script("short")
    again = browser.send_json(f"battles/{battle['id']}/attempts").json()
    assert browser.read_all(again["stream"]["url"]).status == {"a": "done", "b": "done"}
    assert projector.poll() is None


def test_answers_of_a_killed_process_are_marked_though_nobody_looks(live_arena: LiveArena) -> None:
    script("slow")
    web, _ = live_arena.web(LEASE_SECONDS="1"), _projector(live_arena)
    browser = live_arena.browser(web)
    battle = browser.open()
    with browser.streaming(battle["stream"]["url"]) as arriving:
        next(arriving)
        web.kill()
        eventually(lambda: Answer.objects.filter(status=Status.INTERRUPTED).count() == 2, within=6, what="the notice")
