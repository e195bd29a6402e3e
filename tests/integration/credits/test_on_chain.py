"""Points on their whole way: converted, sealed, posted, looked at, claimed, redeemed; and what happens to an epoch that is not ours."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from arena.chain import contracts, signing
from arena.credits import dataset, faucet, guardian, holdings, onchain, queries, rounds, treasury, verification
from arena.credits.models import Alarm, Attempt, Epoch, Inspection
from arena.credits.verification import Facts
from arena.errors import WalletRequired
from arena.users.models import User, Wallet
from tests.anvil import DELAY, PEOPLE, Contracts
from tests.architecture.source import ROOT
from tests.integration.credits.stage import agree, convert, give, member, sealed, state_of

ADA = signing.address_of(PEOPLE["ada"])


@pytest.fixture(autouse=True)
def _credits(settings: Settings) -> None:
    """In place of the conftest's: here the chain is asked."""
    settings.CONVERSION_MINIMUM = 1


@pytest.fixture
def ada(deployed_chain: Contracts) -> User:
    """Somebody with a wallet whose key is known."""
    user = User.objects.create(username="ada", email="ada@example.org")
    agree(user)
    Wallet.objects.create(user=user, address=ADA, kind="eoa", chain_id=deployed_chain.anvil.chain.id)
    give(user, 1_000)
    return user


def settled(on: Contracts, epoch: Epoch) -> None:
    """The epoch is posted, active and anchored."""
    rounds.go_round()
    on.anvil.pass_time(DELAY)
    rounds.go_round()
    rounds.go_round()
    assert state_of(epoch) == "active"


def dumped(folder: Path) -> Path:
    """All epochs' files, as somebody would keep them."""
    for epoch in Epoch.objects.all():
        place = folder / str(epoch.number)
        place.mkdir(parents=True)
        for name, content in queries.content(epoch.number).items():
            (place / name).write_bytes(content)
    return folder


def claim(on: Contracts, number: int, account: str) -> None:
    proof = queries.proof(number, account)
    assert proof is not None
    path = [bytes.fromhex(node[2:]) for node in proof["proof"]]
    on.anvil.do(PEOPLE["stranger"], "credits", on.credits, "claim", number, account, int(proof["cumulative"]), path)


def test_points_become_stablecoin_in_the_wallet(deployed_chain: Contracts, ada: User) -> None:
    convert(ada, 40), convert(member("ben", 100), 7)
    assert holdings.document(ada)["step"] == "seal"
    epoch = sealed()
    assert state_of(epoch) == "sealed"
    rounds.go_round()
    assert state_of(epoch) == "sending"
    rounds.go_round()
    assert state_of(epoch) == "posted"
    assert holdings.document(ada)["claimable"] is None
    settled(deployed_chain, epoch)
    mine = holdings.document(ada)
    assert (mine["step"], mine["claimable"]["amount"], mine["balance_units"], mine["reachable"]) == ("claim", "40000", "0", True)
    claim(deployed_chain, 1, ADA)
    rounds.go_round()
    mine = holdings.document(ada)
    assert (mine["step"], mine["claimable"], mine["claimed_units"], mine["balance_units"]) == ("redeem", None, "40000", "40000")
    deployed_chain.anvil.do(PEOPLE["ada"], "credits", deployed_chain.credits, "redeem", 15_000, ADA)
    rounds.go_round()
    mine = holdings.document(ada)
    assert (mine["redeemed_units"], mine["balance_units"], mine["stablecoin_units"]) == ("15000", "25000", "15000")
    assert int(mine["gas_wei"]) > 0
    told = treasury.document()
    assert (told["supply"], told["redeemed"], told["paid_out"], told["covered"]) == ("25000", "15000", "15000", True)
    assert (told["committed"], told["liabilities"], told["sealed_units_not_posted"]) == ("47000", "32000", "0")
    assert told["as_of"]["reachable"]
    assert not Alarm.objects.exists()


def test_the_guardian_finds_nothing_wrong_with_ours_and_looks_once(deployed_chain: Contracts, ada: User) -> None:
    convert(ada, 40)
    first = sealed()
    settled(deployed_chain, first)
    convert(ada, 2)
    settled(deployed_chain, sealed())
    assert list(Inspection.objects.order_by("number").values_list("number", "findings")) == [(1, []), (2, [])]
    guardian.guard(at=deployed_chain.anvil.chain)
    assert Inspection.objects.count() == 2
    assert not Attempt.objects.filter(purpose__startswith="veto").exists()


@pytest.mark.parametrize("change", ["nothing published", "another total", "other data"])
def test_the_guardian_vetoes_what_it_cannot_derive(deployed_chain: Contracts, ada: User, change: str) -> None:
    """Somebody has the settler's key."""
    root, total, data_hash = b"\x07" * 32, 40_000, b"\x08" * 32
    if change != "nothing published":
        convert(ada, 40)
        epoch = sealed()
        root, data_hash = bytes(epoch.root), bytes(epoch.data_hash)
        total, data_hash = (total + 1, data_hash) if change == "another total" else (total, b"\x08" * 32)
    key = signing.key_of("settler")
    deployed_chain.anvil.do(key, "credits", deployed_chain.credits, "post", 1, root, total, data_hash)
    rounds.go_round()
    rounds.go_round()
    assert contracts.read("credits", "epochs", 1, at=deployed_chain.anvil.chain).vetoed
    assert contracts.read("credits", "committed", at=deployed_chain.anvil.chain) == 0
    inspection = Inspection.objects.get()
    assert inspection.findings[0].startswith("files" if change == "nothing published" else "on chain")
    assert queries.rolled_back() == {1}


@pytest.mark.parametrize("lost", ["state", "event"])
def test_a_node_that_is_behind_leads_to_no_veto(deployed_chain: Contracts, ada: User, monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    convert(ada, 40)
    sealed()
    real = onchain.facts

    def behind(*args: Any, **more: Any) -> Facts:
        facts = real(*args, **more)
        assert facts.posted is not None
        return replace(facts, posted=None if lost == "state" else replace(facts.posted, data_hash=b""))

    with monkeypatch.context() as patched:
        patched.setattr(onchain, "facts", behind)
        rounds.go_round()
        rounds.go_round()
        assert not Inspection.objects.exists()
        assert Alarm.objects.filter(code="chain_unavailable", subject="guard", closed_at=None).exists()
    rounds.go_round()
    assert Inspection.objects.get().findings == []
    assert not Attempt.objects.filter(purpose__startswith="veto").exists()


def test_a_vetoed_epochs_conversions_are_paid_by_the_next(deployed_chain: Contracts, ada: User) -> None:
    convert(ada, 40)
    first = sealed()
    rounds.go_round()
    deployed_chain.anvil.do(signing.key_of("guardian"), "credits", deployed_chain.credits, "veto", 1)
    rounds.go_round()
    assert state_of(first) == "vetoed"
    convert(ada, 1)
    second = sealed()
    for _ in range(3):
        rounds.go_round()
    settled(deployed_chain, second)
    claim(deployed_chain, 2, ADA)
    assert contracts.read("credits", "claimedOf", ADA, at=deployed_chain.anvil.chain) == 41_000
    assert [inspection.findings for inspection in Inspection.objects.filter(number=2)] == [[]]


def verified(number: int, folder: Path, on: Contracts, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "verify_epoch", str(number), "--rpc", on.anvil.url, "--dump", str(folder)]
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "CHAIN_RPC_URL": ""}
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | nowhere | environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_P5_a_stranger_derives_every_root_from_public_data_and_the_chain_alone(
    deployed_chain: Contracts, ada: User, tmp_path: Path
) -> None:
    convert(ada, 40), convert(member("ben", 100), 7)
    settled(deployed_chain, sealed())
    convert(ada, 2)
    settled(deployed_chain, sealed())
    folder = dumped(tmp_path / "dump")
    for number in (1, 2):
        told = verified(number, folder, deployed_chain)
        assert told.returncode == 0, told.stderr
        assert told.stdout.count("as it must be") == len(verification.NAMES)
    leaves = folder / "2" / dataset.LEAVES
    leaves.write_bytes(leaves.read_bytes().replace(b"42000", b"42001"))
    told = verified(2, folder, deployed_chain)
    assert told.returncode == 1
    assert "files: leaves.csv is not the file that the manifest names." in told.stderr


def test_a_stranger_is_told_of_another_contract_and_of_no_manifest(deployed_chain: Contracts, ada: User, tmp_path: Path) -> None:
    convert(ada, 40)
    settled(deployed_chain, sealed())
    options = {"rpc": deployed_chain.anvil.url, "dump": dumped(tmp_path / "dump")}
    with pytest.raises(CommandError, match="another contract"):
        call_command("verify_epoch", 1, contract=ADA, **options)
    with pytest.raises(CommandError, match="no manifest of epoch 2"):
        call_command("verify_epoch", 2, **options)
    with pytest.raises(CommandError, match="which epoch"):
        call_command("verify_epoch", 0, **options)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A mirror of the arena's files: its address, and the folder that it serves."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_a_stranger_reads_the_site_itself(
    deployed_chain: Contracts, ada: User, site: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    convert(ada, 40)
    settled(deployed_chain, sealed())
    for points in (1, 2):
        convert(ada, points)
        settled(deployed_chain, sealed())
    address, folder = site
    for epoch in Epoch.objects.all():
        place = folder / "api" / "v1" / "epochs" / str(epoch.number) / "files"
        place.mkdir(parents=True)
        for name, content in queries.content(epoch.number).items():
            (place / name).write_bytes(content)
    call_command("verify_epoch", 3, rpc=deployed_chain.anvil.url, site=address)
    assert capsys.readouterr().out.count("as it must be") == len(verification.NAMES)
    call_command("verify_epoch", 2, rpc=deployed_chain.anvil.url, site=address)
    (folder / "api" / "v1" / "epochs" / "1" / "files" / dataset.LEAVES).unlink()
    with pytest.raises(CommandError, match=r"leaves\.csv of epoch 1 is missing"):
        call_command("verify_epoch", 2, rpc=deployed_chain.anvil.url, site=address)
    with pytest.raises(CommandError, match="https://"):
        call_command("verify_epoch", 2, rpc=deployed_chain.anvil.url, site="arena.example")


def test_a_developers_wallet_gets_gas_and_not_twice(deployed_chain: Contracts, ada: User) -> None:
    wallet = Wallet.objects.get()
    deployed_chain.anvil.give_wei(wallet.address, 5)
    assert faucet.pour(ada) == faucet.POURED_WEI == deployed_chain.anvil.chain.balance(wallet.address)
    deployed_chain.anvil.give_wei(wallet.address, 2 * faucet.POURED_WEI)
    assert faucet.pour(ada) == 2 * faucet.POURED_WEI
    with pytest.raises(WalletRequired):
        faucet.pour(member("ben", wallet=False))
