"""Whatever is changed in an epoch's files or on chain, a stranger is told what does not fit. A forger makes the manifest fit the files."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from arena.credits import dataset, verification
from arena.credits.dataset import CONVERSIONS, LEAVES, MANIFEST, RATINGS
from arena.credits.verification import Data, Facts, verify
from arena.votelog.commitment import canonical
from tests.unit.credits.epochs import (
    COIN,
    CONTRACTS,
    FIRST,
    LOG,
    SECOND,
    THIRD,
    WALLETS,
    Made,
    board,
    data,
    facts,
    first,
    line,
    owed,
    second,
    taking_from_who_was_paid,
    third,
)


def fault(given: Data, told: Facts) -> tuple[str, str]:
    """The check that failed, and its words; nothing is looked at after it."""
    checks = verify(given, told)
    assert [check.name for check in checks] == list(verification.NAMES[: len(checks)])
    assert not [check for check in checks[:-1] if check.fault]
    assert (checks[-1].name, checks[-1].fault)[1], "nothing was found"
    return checks[-1].name, checks[-1].fault


@pytest.mark.parametrize("made", [first(), second(), third()], ids=["first", "second", "third"])
def test_an_epoch_as_it_must_be_has_no_fault(made: Made) -> None:
    checks = verify(data(made), facts(made))
    assert [check.name for check in checks] == list(verification.NAMES)
    assert not verification.faults(checks)


def test_a_header_that_is_not_there_yet_is_no_fault() -> None:
    checks = verify(data(second()), facts(second(), header=None))
    assert not verification.faults(checks)
    assert "header         not on chain yet" in verification.table(checks)


def test_a_void_takes_its_units_from_its_wallet() -> None:
    made = second(lines=[line(5, 3, 1), line(2, 1, 20, kind="void")])
    assert dict(made.leaves).get(WALLETS[1]) is None
    assert not verification.faults(verify(data(made, good=0), facts(made, good=0)))
    name, words = fault(data(made), facts(made))
    assert (name, words) == ("no leaf falls", f"The leaf of {WALLETS[1]} falls from 20000 to 0 units.")


@pytest.mark.parametrize("name", [MANIFEST, CONVERSIONS, LEAVES, RATINGS])
def test_a_file_that_is_missing_is_named(name: str) -> None:
    given = data(second())
    rest = {other: content for other, content in given.files.items() if other != name}
    assert fault(replace(given, files=rest), facts(second())) == ("files", f"{name} is missing.")


@pytest.mark.parametrize("name", [CONVERSIONS, LEAVES, RATINGS])
@pytest.mark.parametrize("change", [lambda content: content + b"\n", lambda content: content[:-2], lambda content: b""])
def test_a_file_of_other_bytes_is_named(name: str, change: Callable[[bytes], bytes]) -> None:
    given = data(second())
    bent = {**given.files, name: change(given.files[name])}
    assert fault(replace(given, files=bent), facts(second())) == ("files", f"{name} is not the file that the manifest names.")


def test_a_file_too_many_is_named() -> None:
    given = data(second())
    assert fault(replace(given, files={**given.files, "more.csv": b""}), facts(second()))[1] == "more.csv belongs to no epoch."


def test_a_manifest_of_other_bytes_is_not_the_one_on_chain() -> None:
    given = data(second())
    bent = {**given.files, MANIFEST: given.files[MANIFEST].replace(b"2026-11-22", b"2026-11-23")}
    name, words = fault(replace(given, files=bent), facts(second()))
    assert (name, words[:22]) == ("on chain", "The data hash on chain")


def test_a_manifest_that_is_none_is_told() -> None:
    given = data(second())
    for content in (b"", b"[]", b"{}", b"\xff"):
        name, words = fault(replace(given, files={**given.files, MANIFEST: content}), facts(second()))
        assert (name, words[:23]) == ("files", "A file cannot be read: ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.replace(b'"root":', b'"root":"0x00","root":'), "The manifest is not canonical JSON: others may read"),
        (lambda content: content.replace(b":", b": "), "The manifest is not canonical JSON: others may read"),
        (
            lambda content: content.replace(b'"files":[', b'"files":[{"name":"leaves.csv","sha256":"","size":0},'),
            "The manifest names leaves.csv",
        ),
    ],
    ids=["a name twice", "spaces", "a file twice"],
)
def test_a_manifest_that_others_may_read_otherwise_is_told(change: Callable[[bytes], bytes], words: str) -> None:
    given = data(second())
    bent = {**given.files, MANIFEST: change(given.files[MANIFEST])}
    assert fault(replace(given, files=bent), facts(second()))[1].startswith(words)


def test_a_manifest_of_an_unknown_version_is_not_read() -> None:
    given = data(second())
    bent = {**given.files, MANIFEST: given.files[MANIFEST].replace(b'"v":1', b'"v":2')}
    words = "The manifest is of version 2, which is not known here."
    assert fault(replace(given, files=bent), facts(second())) == ("identity", words)


FIELDS: dict[str, Any] = {
    "v": 2,
    "epoch": 3,
    "chain_id": 1,
    "contracts": {**CONTRACTS, "log": COIN},
    "root": "0x00",
    "cum_total": " 85000",
    "new_units": "43_000",
    "accounts": 5,
    "log": {"size": 20, "root": "0x00"},
    "ratings_root": "0x00",
    "previous": None,
    "files": [],
}


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_a_manifest_may_say_something_else_even_on_chain(field: str) -> None:
    given, told = data(second()), facts(second())
    manifest = json.loads(given.files[MANIFEST])
    assert set(FIELDS) == set(manifest) - {"sealed_at"}, "when it was sealed is all that nothing else tells"
    bent = canonical({**manifest, field: FIELDS[field]})
    assert told.posted is not None
    assert told.header is not None
    hashed = dataset.sha256(bent)
    on_chain = replace(told, posted=replace(told.posted, data_hash=hashed), header=replace(told.header, data_hash=hashed))
    assert fault(replace(given, files={**given.files, MANIFEST: bent}), on_chain)[1].endswith(".")


FORGED: dict[str, tuple[Callable[[], Made], str, str]] = {
    "another epoch's files": (lambda: replace(second(), change={"number": 3}), "identity", "of epoch 3"),
    "of another chain": (lambda: replace(second(), change={"chain_id": 1}), "identity", "of chain 1"),
    "of another contract": (lambda: _of("credits"), "identity", f"of contract {WALLETS[0]}"),
    "of another log": (lambda: _of("log"), "identity", f"of log {WALLETS[0]}, and the log is {LOG}."),
    "of another stablecoin": (lambda: _of("stablecoin"), "identity", f"of stablecoin {WALLETS[0]}, and the contract pays in {COIN}."),
    "another past": (lambda: replace(second(), change={"previous": (1, bytes(32))}), "previous", "does not go on from epoch 1"),
    "no past": (lambda: replace(second(), change={"previous": None}), "previous", "does not go on from epoch 1"),
    "units not at the rate": (lambda: _forged(replace(SECOND[0], units=1_001)), "rate", "id-005 is not worth its points"),
    "no points": (lambda: _forged(replace(SECOND[0], points=0, units=0)), "rate", "id-005 is not worth its points"),
    "below nothing": (lambda: _forged(replace(SECOND[0], points=-1, units=-1_000)), "rate", "id-005 is not worth its points"),
    "of no kind": (lambda: _forged(replace(SECOND[0], kind="gift")), "rate", "unknown kind, gift"),
    "one twice": (lambda: second(lines=[*SECOND, SECOND[1]]), "rate", "id-006 is there more than once"),
    "conversion added": (lambda: replace(second(), lines=[*SECOND, line(8, 4, 9)]), "growth", f"give {WALLETS[4]} 9000 units"),
    "conversion dropped": (lambda: replace(second(), lines=SECOND[1:]), "growth", f"give {WALLETS[0]} 15000 units"),
    "conversion raised": (lambda: _forged(line(5, 0, 2)), "growth", f"give {WALLETS[0]} 17000 units"),
    "conversions swapped": (lambda: replace(second(), lines=[line(5, 1, 1), *SECOND[1:]]), "growth", f"give {WALLETS[0]} 15000 units"),
    "leaf added": (lambda: _leaf(lambda leaves: [*leaves, (WALLETS[5], 1)]), "growth", f"give {WALLETS[5]} 0 units"),
    "leaf dropped": (lambda: _leaf(lambda leaves: leaves[1:]), "growth", f"give {WALLETS[0]} 16000 units, and its leaf says 0"),
    "leaf raised": (lambda: _leaf(lambda leaves: [(WALLETS[0], 16_001), *leaves[1:]]), "growth", "its leaf says 16001"),
    "leaf twice": (lambda: _leaf(lambda leaves: [leaves[0], *leaves]), "growth", "more than one leaf"),
    "leaf twice, written otherwise": (
        lambda: second(lines=[*SECOND, replace(line(8, 0, 9), wallet=WALLETS[0].upper().replace("X", "x"))]),
        "growth",
        "more than one leaf",
    ),
    "leaf of nobody": (lambda: _leaf(lambda leaves: [(f"0x {leaves[0][0][2:]}", leaves[0][1]), *leaves[1:]]), "growth", "is no address"),
    "leaf of nothing": (lambda: _leaf(lambda leaves: [*leaves, (WALLETS[5], 0)]), "growth", "owes nothing"),
    "leaves swapped": (
        lambda: _leaf(lambda leaves: [(leaves[0][0], leaves[1][1]), (leaves[1][0], leaves[0][1]), *leaves[2:]]),
        "growth",
        f"give {WALLETS[0]} 16000 units, and its leaf says 22000",
    ),
    "another total": (lambda: replace(second(), change={"cum_total": 85_001}), "sums", "cum_total is 85000, and the manifest says 85001"),
    "other new units": (lambda: replace(second(), change={"new_units": 1}), "sums", "new_units is 43000"),
    "other accounts": (lambda: replace(second(), change={"accounts": 5}), "sums", "accounts is 4"),
    "another root": (lambda: replace(second(), change={"root": bytes(32)}), "root", "the manifest says 0x0000"),
    "other ratings": (
        lambda: replace(second(), ratings=dataset.ratings(board(9)), change={"ratings_root": second().head.ratings_root}),
        "ratings",
        "The ratings give 0x",
    ),
}


def _of(name: str) -> Made:
    return replace(second(), change={"contracts": {**CONTRACTS, name: WALLETS[0]}})


def _forged(row: dataset.Line) -> Made:
    return replace(second(), lines=[row, *SECOND[1:]])


def _leaf(change: Callable[[list[tuple[str, int]]], list[tuple[str, int]]]) -> Made:
    made = second()
    return replace(made, leaves=change(made.leaves))


@pytest.mark.parametrize("which", FORGED)
def test_a_forgery_whose_manifest_fits_its_files_is_found_by_what_it_comes_from(which: str) -> None:
    make, check, words = FORGED[which]
    made = make()
    name, said = fault(replace(data(made), number=2), facts(made))
    assert name == check
    assert words in said


@pytest.mark.parametrize(("paid", "words"), [(FIRST[1], "id-002 was in epoch 1 already."), (SECOND[1], "id-006 was in epoch 2 already.")])
def test_a_conversion_that_any_epoch_before_has_paid_is_found(paid: dataset.Line, words: str) -> None:
    made = third(lines=[*THIRD, paid])
    assert fault(data(made), facts(made)) == ("paid once", words)


VOIDED = replace(FIRST[1], kind="void")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: third(lines=[*THIRD, line(44, 1, 20, kind="void")]), "id-044 is taken back, and no epoch paid it."),
        (lambda: third(lines=[*THIRD, replace(VOIDED, wallet=WALLETS[3])]), "id-002 is not taken back as epoch 1 paid it."),
        (lambda: third(lines=[*THIRD, replace(VOIDED, points=1, units=1_000)]), "id-002 is not taken back as epoch 1 paid it."),
        (
            lambda: third(lines=[line(10, 1, 30), VOIDED], before=second(lines=[*SECOND, VOIDED])),
            "id-002 was taken back by epoch 2 already.",
        ),
        (lambda: third(lines=[FIRST[1]], before=second(lines=[*SECOND, VOIDED])), "id-002 was in epoch 2 already."),
    ],
    ids=["never paid", "another wallet", "another amount", "twice", "paid again"],
)
def test_what_is_taken_back_was_paid_once_and_is_not_paid_again(make: Callable[[], Made], words: str) -> None:
    made = make()
    assert fault(data(made, good=0), facts(made, good=0)) == ("paid once", words)


def test_what_epoch_1_paid_may_be_taken_back_by_epoch_3() -> None:
    made = third(lines=[*THIRD, VOIDED])
    assert not verification.faults(verify(data(made, good=0), facts(made, good=0)))


def test_every_epoch_before_must_be_given_as_it_was_sealed() -> None:
    made = third()
    given, (before,) = data(made), data(made).earlier
    assert fault(replace(given, earlier=[]), facts(made)) == ("paid once", "Epoch 1 is missing.")
    without = {name: content for name, content in before.items() if name != MANIFEST}
    assert fault(replace(given, earlier=[without]), facts(made)) == ("paid once", "manifest.json of epoch 1 is missing.")
    emptied = {**before, CONVERSIONS: before[CONVERSIONS].splitlines(keepends=True)[0]}
    words = "conversions.csv of epoch 1 is not the file that its manifest names."
    assert fault(replace(given, earlier=[emptied]), facts(made)) == ("paid once", words)
    forged = Made(1, list(FIRST[1:]), owed([], FIRST[1:])).files
    assert fault(replace(given, earlier=[forged]), facts(made)) == ("paid once", "Epoch 2 does not go on from epoch 1 as given.")


def test_another_past_than_the_one_that_was_sealed_is_found() -> None:
    richer = first()
    richer.leaves = [(WALLETS[0], 15_001), *richer.leaves[1:]]
    given, other = data(second()), richer.files
    assert fault(replace(given, previous=other), facts(second()))[0] == "previous"
    bent = {**given.previous, LEAVES: other[LEAVES]} if given.previous else {}
    name, words = fault(replace(given, previous=bent), facts(second()))
    assert (name, words) == ("previous", "leaves.csv of epoch 1 is not the file that its manifest names.")
    assert fault(replace(given, previous=None), facts(second())) == ("previous", "The epoch before it is missing.")


@pytest.mark.parametrize(("good", "was"), [(2, 22_000), (1, 20_000)])
def test_a_leaf_that_falls_against_the_epoch_that_holds_is_named(good: int, was: int) -> None:
    made = taking_from_who_was_paid()
    name, words = fault(data(made, good=good), facts(made, good=good))
    assert (name, words) == ("no leaf falls", f"The leaf of {WALLETS[1]} falls from {was} to 2000 units.")
    assert not verification.faults(verify(data(made, good=0), facts(made, good=0)))


def test_another_past_than_the_one_on_chain_is_found() -> None:
    made, other = third(), dataset.sha256(b"other")
    for number, name in ((2, "previous"), (1, "paid once")):
        found, said = fault(data(made), facts(made, standing={number: other}))
        assert found == name
        assert said.startswith(f"The data hash of epoch {number} on chain is 0x{other.hex()}, and that of its manifest 0x")
    assert not verification.faults(verify(data(made), facts(made, standing={})))


@pytest.mark.parametrize("name", ["credits", "log"])
@pytest.mark.parametrize("moved", [1, 2])
def test_contracts_that_are_not_those_of_the_epochs_before_are_found(name: str, moved: int) -> None:
    old = replace(first(), change={"contracts": {**CONTRACTS, name: WALLETS[0]}})
    made = second(before=old) if moved == 1 else third(before=second(before=old))
    words = f"Epoch 1 is of {name} {WALLETS[0]}, and epoch 2 of {CONTRACTS[name]}."
    assert fault(data(made), facts(made)) == ("previous" if moved == 1 else "paid once", words)


def test_a_stablecoin_that_an_earlier_epoch_named_wrongly_harms_no_later_one() -> None:
    wrong = replace(second(), change={"contracts": {**CONTRACTS, "stablecoin": WALLETS[0]}})
    made = third(before=wrong)
    assert fault(data(wrong), facts(wrong))[0] == "identity"
    assert not verification.faults(verify(data(made, good=1), facts(made, good=1)))


def on_chain(**change: Any) -> tuple[str, str]:
    made = second()
    told = facts(made)
    assert told.posted is not None
    return fault(data(made), replace(told, posted=replace(told.posted, **change)))


def test_what_the_contract_has_instead_is_told() -> None:
    assert on_chain(root=b"\x01" * 32) == ("on chain", f"The root on chain is 0x{'01' * 32}.")
    assert on_chain(cum_total=85_001) == ("on chain", "The total on chain is 85001.")
    assert re.match(r"The data hash on chain is 0x(02){32}, and that of the manifest 0x", on_chain(data_hash=b"\x02" * 32)[1])
    assert fault(data(second()), facts(second(), posted=None)) == ("on chain", "The contract has no such epoch yet.")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("size", 21, "The log's size on chain is 21."),
        ("tree_root", b"\x01" * 32, "The log's root in the header on chain is 0x0101"),
        ("ratings_root", b"\x01" * 32, "The ratings' root in the header on chain is 0x0101"),
        ("data_hash", b"\x01" * 32, "The data hash in the header on chain is 0x0101"),
    ],
)
def test_another_header_in_the_log_on_chain_is_told(field: str, value: Any, words: str) -> None:
    told = facts(second())
    assert told.header is not None
    name, said = fault(data(second()), replace(told, header=replace(told.header, **{field: value})))
    assert name == "header"
    assert said.startswith(words)


def test_a_treasury_that_lacks_one_unit_is_told() -> None:
    made = second()
    assert fault(data(made), facts(made, holdings=84_999)) == ("treasury", "The treasury holds 84999 units of stablecoin and owes 85000.")
    assert not verification.faults(verify(data(made), facts(made, holdings=84_000, redeemed=1_000)))


def test_what_is_owed_is_rounded_up() -> None:
    made = second()
    assert not verification.faults(verify(data(made), facts(made, num=1, den=3, holdings=28_334)))
    assert fault(data(made), facts(made, num=1, den=3, holdings=28_333))[0] == "treasury"


def test_the_table_has_a_line_for_every_check() -> None:
    made = replace(second(), change={"new_units": 1})
    lines = list(verification.table(verify(data(made), facts(made))))
    assert len(lines) == len(verification.NAMES)
    assert lines[0].split(None, 1) == ["files", "as it must be"]
    assert "new_units is 43000" in lines[7]
    assert lines[-1].endswith("not looked at")
