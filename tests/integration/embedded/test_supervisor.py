"""The supervisor: prefixes, restarts, stops in order, leaves no orphan."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.embedded.paths import checkout
from tests.integration.embedded.conftest import eventually, is_alive

MAIN = """
import sys
from arena.embedded.supervisor import Process, run
sys.exit(run([{processes}]))
"""
TALK = "import os, time; print('up', os.getpid()); time.sleep(60)"
DEAF = "import signal, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', os.getpid()); time.sleep(60)"


started: list["Supervised"] = []


class Supervised:
    """A supervisor in a process of its own, its output in a file."""

    def __init__(self, output: Path, *processes: str) -> None:
        self.output = output
        script = MAIN.format(processes=", ".join(processes))
        started.append(self)
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script], stdout=file, stderr=file, env=os.environ | {"PYTHONPATH": str(checkout())}
            )

    def lines(self, start: str = "") -> list[str]:
        return [line for line in self.output.read_text().splitlines() if line.startswith(start)]

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[-1]) for line in self.lines(name) if "| up " in line]

    def wait_for(self, name: str, times: int = 1) -> list[int]:
        assert eventually(lambda: len(self.pids(name)) >= times), self.lines()
        return self.pids(name)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


def child(name: str, code: str, grace: float = 5.0) -> str:
    return f"Process({name!r}, [sys.executable, '-c', {code!r}], grace={grace})"


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    """Where a supervisor writes; whatever a test leaves running is ended after it."""
    yield tmp_path / "output"
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)
    started.clear()


def test_every_line_bears_the_name_of_its_process(output: Path) -> None:
    running = Supervised(output, child("web", "print('one\\ntwo'); " + TALK), child("worker", TALK))
    running.wait_for("web")
    running.wait_for("worker")
    assert running.lines("web ")[:2] == ["web    | one", "web    | two"]
    assert running.end(signal.SIGTERM) == 0


def test_a_process_that_dies_is_started_again_and_again(output: Path) -> None:
    running = Supervised(output, child("mayfly", "import os, sys; print('up', os.getpid()); sys.exit(3)"))
    pids = running.wait_for("mayfly", times=3)
    assert len(set(pids)) == len(pids)
    told = [line for line in running.lines() if "again" in line]
    assert told[:2] == [
        "mayfly | ended with code 3; starting it again in 0.5 s",
        "mayfly | ended with code 3; starting it again in 1 s",
    ]
    assert running.end(signal.SIGINT) == 0


def test_a_killed_process_comes_back_while_the_others_stay(output: Path) -> None:
    running = Supervised(output, child("a", TALK), child("b", TALK))
    (killed,), (other,) = running.wait_for("a"), running.wait_for("b")
    os.kill(killed, signal.SIGKILL)
    assert running.wait_for("a", times=2)[1] != killed
    assert running.pids("b") == [other]
    assert is_alive(other)
    assert running.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_last_started_is_stopped_first(output: Path, number: int) -> None:
    code = "import signal, sys, os, time\ndef bye(*_): print('bye'); sys.exit()\nsignal.signal(signal.SIGTERM, bye)\n"
    names = ("first", "second", "third")
    running = Supervised(output, *(child(name, code + TALK) for name in names))
    pids = [running.wait_for(name)[0] for name in names]
    assert running.end(number) == 0
    assert [line.split()[0] for line in running.lines() if "bye" in line] == ["third", "second", "first"]
    assert not any(is_alive(pid) for pid in pids)


def test_one_that_will_not_end_is_killed_after_its_grace(output: Path) -> None:
    running = Supervised(output, child("deaf", DEAF, grace=0.3))
    (pid,) = running.wait_for("deaf")
    begun = time.monotonic()
    assert running.end(signal.SIGTERM) == 1
    assert 0.25 < time.monotonic() - begun < 5
    assert not is_alive(pid)
    assert "deaf | did not end within 0.3 s and was killed" in running.lines()


def test_a_second_signal_does_not_wait_for_the_grace(output: Path) -> None:
    running = Supervised(output, child("deaf", DEAF, grace=30))
    running.wait_for("deaf")
    running.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    begun = time.monotonic()
    running.end(signal.SIGINT)
    assert time.monotonic() - begun < 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_die_with_a_supervisor_that_is_killed(output: Path) -> None:
    running = Supervised(output, child("a", TALK), child("deaf", DEAF))
    pids = running.wait_for("a") + running.wait_for("deaf")
    running.end(signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


def test_what_a_stopped_process_started_itself_is_not_left_behind(output: Path) -> None:
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {TALK!r}]); import time; time.sleep(60)"
    running = Supervised(output, child("parent", parent))
    (grandchild,) = running.wait_for("parent")
    assert running.end(signal.SIGTERM) == 0
    assert eventually(lambda: not is_alive(grandchild))


def test_a_program_that_does_not_exist_is_told_and_hinders_nobody(output: Path) -> None:
    running = Supervised(output, "Process('ghost', ['/no/such/program'])", child("a", TALK))
    running.wait_for("a")
    assert any("could not be started (No such file or directory: /no/such/program)" in line for line in running.lines("ghost"))
    assert running.end(signal.SIGTERM) == 0
