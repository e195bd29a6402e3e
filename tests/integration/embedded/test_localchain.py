"""The development chain outlives kills, keeps its port, and is never there where real people are."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arena import embedded
from arena.embedded import localchain, locks, paths
from arena.embedded.paths import checkout
from tests.processes import eventually

ADA = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


class Served:
    """`python -m arena.embedded.localchain` with its data in `folder`."""

    def __init__(self, folder: Path):
        self.environ = {**os.environ, "EVENHAND_DATA_DIR": str(folder), "PYTHONPATH": str(checkout())}
        self.process = subprocess.Popen([sys.executable, "-m", "arena.embedded.localchain"], env=self.environ, stdout=subprocess.DEVNULL)
        self.url = str(eventually(lambda: localchain.url(self.environ), what="the lock"))
        eventually(lambda: localchain.answers(self.url), what="the chain")

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)["result"]

    def pay(self) -> str:
        hash: str = self.ask("eth_sendTransaction", {"from": DEPLOYER, "to": ADA, "value": "0x1"})
        eventually(lambda: self.ask("eth_getTransactionReceipt", hash), what="the payment")
        return hash

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        eventually(lambda: not localchain.answers(self.url), what="anvil's own end")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[list[Served]]:
    """The chains that a test starts, ended after it."""
    started: list[Served] = []
    yield started
    for each in started:
        each.process.kill()
        each.process.wait(10)


def test_a_kill_costs_a_second_at_most_and_the_port_stays(tmp_path: Path, served: list[Served]) -> None:
    served.append(Served(tmp_path))
    hash = served[0].pay()
    saved = time.time() + localchain.SAVE_SECONDS
    eventually(lambda: (tmp_path / "anvil.json").exists() and (tmp_path / "anvil.json").stat().st_mtime > saved, what="the next save")
    served[0].kill()
    served.append(Served(tmp_path))
    assert served[1].url == served[0].url
    assert served[1].ask("eth_getTransactionReceipt", hash)["status"] == "0x1"
    assert served[1].ask("eth_blockNumber") == "0x1"


def test_an_orderly_end_keeps_everything(tmp_path: Path, served: list[Served]) -> None:
    served.append(Served(tmp_path))
    hash = served[0].pay()
    served[0].process.send_signal(signal.SIGTERM)
    assert served[0].process.wait(20) == 0
    assert localchain.url(served[0].environ) == ""
    served.append(Served(tmp_path))
    assert served[1].ask("eth_getTransactionReceipt", hash)["status"] == "0x1"


def test_a_state_cut_off_in_the_middle_is_replaced_by_the_last_whole_one(tmp_path: Path) -> None:
    state = tmp_path / "anvil.json"
    state.write_text('{"block": 1}')
    localchain.keep(state)
    state.write_text('{"block": 2, "acc')
    localchain.keep(state)
    localchain.restore(state)
    assert json.loads(state.read_text()) == {"block": 1}
    state.write_text('{"block": 3}')
    localchain.restore(state)
    localchain.keep(state)
    state.write_text("")
    localchain.restore(state)
    assert json.loads(state.read_text()) == {"block": 3}


def test_another_port_is_taken_when_the_first_is_not_free_and_then_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = int(taken.getsockname()[1])
        monkeypatch.setattr(localchain, "FIRST_PORT", first)
        chosen = localchain.choose_port(environ)
        assert first < chosen < first + localchain.PORTS_TRIED
    assert localchain.choose_port(environ) == chosen


def test_only_one_chain_is_served_from_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localchain, "find_program", lambda: Path("/bin/true"))
    held = locks.hold(tmp_path / "anvil.lock")
    assert held is not None
    with pytest.raises(embedded.EmbeddedError, match="running already"):
        localchain.serve({"EVENHAND_DATA_DIR": str(tmp_path)})
    locks.release(held)


def test_without_the_program_the_arena_says_what_to_do_and_goes_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(embedded.EmbeddedError, match="npm ci"):
        localchain.find_program(tmp_path)
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    embedded.prepare_chain(environ)
    assert "CHAIN_RPC_URL" not in environ
    assert "runs without a chain" in capsys.readouterr().err


@pytest.mark.parametrize("given", [{"DEBUG": "0"}, {"CHAIN_RPC_URL": "https://node.example"}, {"CHAIN_ID": "1"}])
def test_no_development_chain_where_debug_is_off_or_the_operator_has_a_chain(tmp_path: Path, given: dict[str, str]) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)} | given
    before = dict(environ)
    embedded.prepare_chain(environ)
    assert environ == before


def test_run_serves_the_chain_that_it_named(tmp_path: Path) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    embedded.prepare_chain(environ)
    assert environ["CHAIN_RPC_URL"] == environ[embedded.CHAIN] == f"http://127.0.0.1:{(tmp_path / 'anvil.port').read_text()}"
