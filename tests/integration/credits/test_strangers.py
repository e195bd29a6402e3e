"""What an arena can show a stranger that is not so: files withheld or faked, another past, coin or log; none of it is accepted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arena.chain import abi, deploying, signing
from arena.credits import dataset, onchain, verification
from arena.management.commands import verify_epoch
from tests.anvil import DELAY, TREASURY, Contracts
from tests.processes import eventually
from tests.unit.credits.epochs import WALLETS, Made, first, past, second, taking_from_who_was_paid, third

Verify = Callable[..., None]
CONVERSIONS, LEAVES, MANIFEST = dataset.CONVERSIONS, dataset.LEAVES, dataset.MANIFEST


@pytest.fixture
def named(deployed_chain: Contracts) -> Mapping[str, str]:
    """The contracts, as a manifest names them."""
    return {name: getattr(deployed_chain, name) for name in ("credits", "log", "stablecoin")}


@pytest.fixture
def begun(deployed_chain: Contracts, named: Mapping[str, str]) -> Made:
    """Epoch 1, posted and active."""
    made = replace(first(), contracts=named)
    post(deployed_chain, made)
    return made


@pytest.fixture
def verify(deployed_chain: Contracts, tmp_path: Path) -> Verify:
    """A stranger looks at an epoch that was published with those before it, some files with other bytes, or withheld (None)."""

    def look(made: Made, bent: Mapping[tuple[int, str], bytes | None] | None = None, **options: Any) -> None:
        there = {(each.number, name): content for each in (made, *past(made)) for name, content in each.files.items()}
        for (number, name), content in {**there, **(bent or {})}.items():
            path = tmp_path / str(number) / name
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
        call_command("verify_epoch", made.number, rpc=deployed_chain.anvil.url, dump=tmp_path, **options)

    return look


def post(on: Contracts, made: Made, *, veto: str = "") -> None:
    """The operator puts an epoch onto the chain; `veto`: the guardian stops it, in time or late."""
    head, hashed = made.head, dataset.sha256(made.files[MANIFEST])
    anvil, settler, guardian = on.anvil, signing.key_of("settler"), signing.key_of("guardian")
    anvil.do(settler, "credits", on.credits, "post", made.number, head.root, head.cum_total, hashed)
    if veto != "in time":
        anvil.pass_time(DELAY)
    if veto:
        anvil.do(guardian, "credits", on.credits, "veto", made.number)
    anvil.do(settler, "log", on.log, "append", made.number, head.log_size, head.log_root, head.ratings_root, hashed)


def test_a_leaf_that_falls_is_found_whatever_is_shown_in_place_of_what_it_was(
    deployed_chain: Contracts, begun: Made, verify: Verify
) -> None:
    vetoed = second(before=begun)
    post(deployed_chain, vetoed, veto="in time")
    taken = taking_from_who_was_paid(before=vetoed)
    post(deployed_chain, taken)
    with pytest.raises(CommandError, match=f"no leaf falls: The leaf of {WALLETS[1]} falls from 20000 to 2000 units"):
        verify(taken)
    with pytest.raises(CommandError, match=r"leaves\.csv of epoch 1 is missing\."):
        verify(taken, {(1, LEAVES): None})
    for fake in (b"", b"account,cumulative\n", dataset.leaves([]), taken.files[LEAVES]):
        with pytest.raises(CommandError, match=r"leaves\.csv of epoch 1 is not the file that its manifest names\."):
            verify(taken, {(1, LEAVES): fake})


def test_every_file_is_needed_and_read_once(
    deployed_chain: Contracts, begun: Made, verify: Verify, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vetoed = second(before=begun)
    post(deployed_chain, vetoed, veto="in time")
    made, read = third(before=vetoed), list[tuple[int, str]]()
    post(deployed_chain, made)
    real = verify_epoch._from_folder

    def watched(folder: Path) -> verify_epoch.Read:
        def look(number: int, name: str) -> bytes | None:
            read.append((number, name))
            return real(folder)(number, name)

        return look

    with monkeypatch.context() as patched:
        patched.setattr(verify_epoch, "_from_folder", watched)
        verify(made)
    assert capsys.readouterr().out.count("as it must be") == len(verification.NAMES)
    assert len(set(read)) == len(read) == 4 + 3 + 3
    for place in read:
        for fake in (None, b"", b"[]", b"{}", b"\xff"):
            with pytest.raises(CommandError, match=r"missing|not the file|no manifest|does not go on"):
                verify(made, {place: fake})


def test_another_past_than_the_contract_has_is_found(deployed_chain: Contracts, begun: Made, verify: Verify) -> None:
    shown = replace(begun, lines=begun.lines[:1], leaves=begun.leaves[:1])
    made = second(before=shown, lines=[*second().lines, *replace(third()).lines, *begun.lines[1:]])
    post(deployed_chain, made)
    with pytest.raises(CommandError, match="previous: The data hash of epoch 1 on chain is 0x"):
        verify(made)


@pytest.mark.parametrize("veto", ["in time", "late"])
def test_an_epoch_that_was_vetoed_on_chain_may_be_another_than_ours(
    deployed_chain: Contracts, named: Mapping[str, str], verify: Verify, veto: str
) -> None:
    """As after a database was put back from a backup: ours go on under the numbers behind it."""
    ours = replace(first(), contracts=named)
    post(deployed_chain, replace(ours, lines=ours.lines[:1], leaves=[(WALLETS[0], 10_000)]), veto=veto)
    made = second(before=ours)
    post(deployed_chain, made)
    verify(made)


def another(on: Contracts, name: str, *args: Any) -> str:
    """A second contract of this name, of the operator's own."""
    creation, salt, factory = abi.creation(name, args), bytes(31) + b"\x07", bytes.fromhex(deploying.FACTORY[2:])
    address = abi.checksummed("0x" + abi.keccak(b"\xff" + factory + salt + abi.keccak(creation))[12:].hex())
    on.anvil.send(signing.key_of("deployer"), deploying.FACTORY, salt + creation)
    eventually(lambda: on.anvil.chain.code(address), within=10, what=f"another {name}")
    return address


def test_the_contract_says_which_coin_it_pays_in(deployed_chain: Contracts, named: Mapping[str, str], verify: Verify) -> None:
    other_coin = another(deployed_chain, "stablecoin")
    deployed_chain.anvil.do(signing.key_of("deployer"), "stablecoin", other_coin, "mint", deployed_chain.credits, TREASURY - 1)
    made = replace(first(), contracts={**named, "stablecoin": other_coin})
    post(deployed_chain, made)
    words = f"identity: The manifest is of stablecoin {other_coin}, and the contract pays in {deployed_chain.stablecoin}."
    with pytest.raises(CommandError, match=words):
        verify(made)
    told = onchain.facts(1, onchain.Contracts.named(made.contracts), at=deployed_chain.anvil.chain)
    assert (told.stablecoin, told.holdings) == (deployed_chain.stablecoin, TREASURY)


def test_another_log_is_found_by_the_epoch_before_or_by_who_knows_it(
    deployed_chain: Contracts, begun: Made, named: Mapping[str, str], verify: Verify
) -> None:
    verify(begun, log=named["log"].lower(), contract=named["credits"].lower())
    with pytest.raises(CommandError, match=f"another log, {named['log']}"):
        verify(begun, log=named["credits"])
    nowhere = abi.checksummed(WALLETS[5])
    moved = replace(second(before=begun), contracts={**named, "log": nowhere})
    post(deployed_chain, moved)
    with pytest.raises(CommandError, match=f"The contract log is not at {nowhere}"):
        verify(moved)
    anchored = replace(
        moved, contracts={**named, "log": another(deployed_chain, "log", deployed_chain.timelock, deployed_chain.terms.settler)}
    )
    with pytest.raises(CommandError, match=f"previous: Epoch 1 is of log {named['log']}, and epoch 2 of {anchored.contracts['log']}"):
        verify(anchored)


@pytest.mark.parametrize("name", ["credits", "log"])
def test_what_is_no_contract_of_an_arena_is_told(
    deployed_chain: Contracts, begun: Made, named: Mapping[str, str], verify: Verify, name: str
) -> None:
    for address in (named["stablecoin"], "0x07", ["0x07"], 7, None):
        forged = replace(begun, change={"contracts": {**named, name: address}})
        with pytest.raises(CommandError, match=r"not the contracts of an arena|no manifest of epoch 1"):
            verify(forged)


def test_events_that_the_node_does_not_tell_are_missed(deployed_chain: Contracts, begun: Made, verify: Verify) -> None:
    after = deployed_chain.anvil.chain.head() + 1
    deployed_chain.anvil.mine(2)
    with pytest.raises(CommandError, match="tells no event of epoch 1, which the contract has"):
        verify(begun, from_block=after)
    posted_at = after - 2  # the post, a block of passed time, the anchor
    with pytest.raises(CommandError, match="tells no event of epoch 1"):
        verify(begun, from_block=posted_at)
    verify(begun, from_block=posted_at - 1)
