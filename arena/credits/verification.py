"""An epoch derived again from public bytes and the chain alone: what a stranger checks, and the guardian. Pure."""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from arena.credits import dataset, merkle
from arena.credits.dataset import CONVERSIONS, FILES, LEAVES, MANIFEST, RATINGS, VERSION
from arena.votelog.commitment import canonical

Files = Mapping[str, bytes]
# What bytes lead to that are not the file they should be.
UNREADABLE = (ValueError, KeyError, TypeError, OverflowError, RecursionError, csv.Error)
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class Posted:
    """An epoch as the credits' contract has it; times in Unix seconds."""

    root: bytes
    cum_total: int
    data_hash: bytes
    active_at: int
    vetoed: bool


@dataclass(frozen=True, slots=True)
class Header:
    """An epoch's header in the log's contract."""

    size: int
    tree_root: bytes
    ratings_root: bytes
    data_hash: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What the chain says. `posted`, `header`: None while it has none. `committed`, `redeemed`: credits; `holdings`: stablecoin; all in units.

    `log` is where headers were looked for; `stablecoin` is the contract's own word. `good`: the newest epoch before this one that was not
    vetoed before its activation, so that it holds; 0 where none does. `standing`: the data hash of each before it that was never vetoed.
    """

    chain_id: int
    contract: str
    log: str
    stablecoin: str
    posted: Posted | None
    header: Header | None
    good: int
    standing: Mapping[int, bytes]
    committed: int
    redeemed: int
    holdings: int
    num: int
    den: int


@dataclass(frozen=True, slots=True)
class Data:
    """The published bytes: of the epoch, of the one before it (None for the first), and of those before that.

    `good`: leaves.csv of the epoch that `Facts.good` names, if it is none of these two. `earlier`: manifest.json and conversions.csv of
    all before `previous`, the newest first; it is gone through once, so they may be read one by one.
    """

    number: int
    files: Files
    previous: Files | None
    good: Files
    earlier: Iterable[Files]


class Read(Protocol):
    """Those of an epoch's files that are there, by name."""

    def __call__(self, number: int, /, *names: str) -> Files: ...


def gather(number: int, files: Files, good: int, read: Read) -> Data:
    """An epoch's own files, and whatever else it is judged by; `good` as in Facts."""
    return Data(
        number=number,
        files=files,
        previous=read(number - 1, MANIFEST, CONVERSIONS, LEAVES) if number > 1 else None,
        good=read(good, LEAVES) if 0 < good < number - 1 else {},
        earlier=(read(other, MANIFEST, CONVERSIONS) for other in range(number - 2, 0, -1)),
    )


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `fault` says what is wrong with it, and is empty where nothing is; `note`, why there was nothing to see."""

    name: str
    fault: str = ""
    note: str = ""


class Fault(Exception):
    """Something is not as it must be; the words say what."""


def verify(data: Data, facts: Facts) -> list[Check]:
    """Every check in order, up to the first that fails: what follows it would rest on nothing."""
    found: list[Check] = []
    for name, look in _CHECKS:
        try:
            note = look(data, facts)
        except Fault as fault:
            return [*found, Check(name, str(fault))]
        except UNREADABLE as error:
            return [*found, Check(name, f"A file cannot be read: {error}.")]
        found.append(Check(name, note=note or ""))
    return found


def faults(checks: Sequence[Check]) -> list[str]:
    """What failed, a sentence each."""
    return [f"{check.name}: {check.fault}" for check in checks if check.fault]


def manifest_of(content: bytes) -> dict[str, Any]:
    """What a manifest says; raises ValueError for what is none."""
    document = json.loads(content)
    if not isinstance(document, dict):
        raise ValueError("it is no object")  # noqa: TRY004 (the file is at fault, whatever it holds)
    return document


def _manifest(files: Files) -> dict[str, Any]:
    return manifest_of(_file(files, MANIFEST))


def _file(files: Files, name: str) -> bytes:
    if name not in files:
        raise Fault(f"{name} is missing.")
    return files[name]


def _require(right: bool, words: str) -> None:
    if not right:
        raise Fault(words)


def _files(data: Data, facts: Facts) -> None:
    """Every file is there, byte for byte as the manifest names it, and no other."""
    told = _manifest(data.files)
    _require(canonical(told) == data.files[MANIFEST], "The manifest is not canonical JSON: others may read it otherwise.")
    names = [row["name"] for row in told["files"]]
    _require(names == list(FILES), f"The manifest names {', '.join(names)}.")
    for row in told["files"]:
        content = _file(data.files, row["name"])
        same = (row["size"], row["sha256"]) == (len(content), dataset.sha256(content).hex())
        _require(same, f"{row['name']} is not the file that the manifest names.")
    if strange := sorted(set(data.files) - {MANIFEST, *FILES}):
        raise Fault(f"{strange[0]} belongs to no epoch.")


def _identity(data: Data, facts: Facts) -> None:
    """It is this epoch, of these contracts on this chain."""
    told = _manifest(data.files)
    _require(told["v"] == VERSION, f"The manifest is of version {told['v']}, which is not known here.")
    _require(told["epoch"] == data.number, f"The manifest is of epoch {told['epoch']}.")
    _require(told["chain_id"] == facts.chain_id, f"The manifest is of chain {told['chain_id']}.")
    of = told["contracts"]
    _require(of["credits"] == facts.contract, f"The manifest is of contract {of['credits']}.")
    _require(of["log"] == facts.log, f"The manifest is of log {of['log']}, and the log is {facts.log}.")
    pays = f"The manifest is of stablecoin {of['stablecoin']}, and the contract pays in {facts.stablecoin}."
    _require(of["stablecoin"] == facts.stablecoin, pays)


def _previous(data: Data, facts: Facts) -> None:
    """It goes on from the epoch before it."""
    told = _manifest(data.files)["previous"]
    if data.previous is None:
        _require(told is None and data.number == 1, "The epoch before it is missing.")
        return
    _goes_on(data.files, data.number - 1, data.previous, (CONVERSIONS, LEAVES), facts)


def _goes_on(after: Files, number: int, before: Files, names: Sequence[str], facts: Facts) -> None:
    """What is given of epoch `number` is what the epoch after it goes on from and what the chain has, and these files are its manifest's."""
    for name in (MANIFEST, *names):
        _require(name in before, f"{name} of epoch {number} is missing.")
    told, hashed = _manifest(after), dataset.sha256(before[MANIFEST])
    same = told["previous"] == {"epoch": number, "data_hash": _hex(hashed)}
    _require(same, f"Epoch {number + 1} does not go on from epoch {number} as given.")
    posted = facts.standing.get(number, hashed)
    _require(posted == hashed, f"The data hash of epoch {number} on chain is {_hex(posted)}, and that of its manifest {_hex(hashed)}.")
    was = _manifest(before)
    # The stablecoin is left out: the contract itself says which it is, and a wrong one in an epoch that was vetoed harms no later one.
    for name in ("credits", "log"):
        old, new = was["contracts"][name], told["contracts"][name]
        _require(old == new, f"Epoch {number} is of {name} {old}, and epoch {number + 1} of {new}.")
    named = {row["name"]: row["sha256"] for row in was["files"]}
    for name in names:
        same = named[name] == dataset.sha256(before[name]).hex()
        _require(same, f"{name} of epoch {number} is not the file that its manifest names.")


def _past(data: Data, facts: Facts) -> Iterator[tuple[int, Files]]:
    """Every epoch before this one with its number, the newest first, each the one that the one after it goes on from, down to the first."""
    number, after = data.number - 1, data.previous
    if after is None:
        return
    yield number, after
    for files in data.earlier:
        number -= 1
        given, names = ({**files, **data.good}, (CONVERSIONS, LEAVES)) if number == facts.good else (files, (CONVERSIONS,))
        _goes_on(after, number, given, names, facts)
        after = files
        yield number, after
    _require(number == 1 and _manifest(after)["previous"] is None, f"Epoch {number - 1} is missing.")


def _lines(data: Data) -> list[dataset.Line]:
    return dataset.read_conversions(_file(data.files, CONVERSIONS))


def _rate(data: Data, facts: Facts) -> None:
    """Each conversion is worth its points at its rate, and there once."""
    for line in _lines(data):
        _require(line.kind in ("conversion", "void"), f"{line.id} is of an unknown kind, {line.kind}.")
        positive = line.points > 0 and line.units_per_point > 0
        _require(positive and line.units == line.points * line.units_per_point, f"{line.id} is not worth its points at its rate.")
    twice = [id for id, times in Counter(line.id for line in _lines(data)).items() if times > 1]
    _require(not twice, f"{''.join(twice[:1])} is there more than once.")


def _once(data: Data, facts: Facts) -> None:
    """No conversion was paid by any epoch before, and each that is taken back was, to the unit, and was not taken back then."""
    new = {line.id for line in _lines(data) if line.kind == "conversion"}
    back = {line.id: line for line in _lines(data) if line.kind == "void"}
    for number, files in _past(data, facts):
        for line in dataset.read_conversions(_file(files, CONVERSIONS)):
            _require(line.id not in new, f"{line.id} was in epoch {number} already.")
            taken = back.get(line.id)
            if taken is None:
                continue
            _require(line.kind == "conversion", f"{line.id} was taken back by epoch {number} already.")
            _require(replace(taken, kind=line.kind) == line, f"{line.id} is not taken back as epoch {number} paid it.")
            del back[line.id]
    _require(not back, f"{min(back, default='')} is taken back, and no epoch paid it.")


def _leaves(content: bytes) -> dict[str, int]:
    rows = dataset.read_leaves(content)
    owed = dict(rows)
    for account in owed:
        _require(_ADDRESS.fullmatch(account) is not None, f"A leaf is of {account}, which is no address.")
    _require(len({account.lower() for account in owed}) == len(rows), "An account has more than one leaf.")
    _require(all(units > 0 for units in owed.values()), "A leaf owes nothing.")
    return owed


def _growth(data: Data, facts: Facts) -> None:
    """The leaves are those of the epoch before, and what was converted and taken back since, to the unit."""
    expected = Counter(_leaves(_file(data.previous, LEAVES))) if data.previous is not None else Counter[str]()
    for line in _lines(data):
        expected[line.wallet] += line.units if line.kind == "conversion" else -line.units
    owed = _leaves(_file(data.files, LEAVES))
    for account in sorted(expected.keys() | owed.keys()):
        right, told = expected[account], owed.get(account, 0)
        _require(right == told, f"The conversions give {account} {right} units, and its leaf says {told}.")


def _never_less(data: Data, facts: Facts) -> None:
    """No leaf falls against the newest epoch that holds."""
    if not facts.good:
        return
    # Both were compared with their manifests on the way down the past.
    held = data.previous if data.previous is not None and facts.good == data.number - 1 else data.good
    owed = _leaves(_file(data.files, LEAVES))
    for account, before in sorted(_leaves(_file(held, LEAVES)).items()):
        _require(owed.get(account, 0) >= before, f"The leaf of {account} falls from {before} to {owed.get(account, 0)} units.")


def _sums(data: Data, facts: Facts) -> None:
    """Leaves and conversions come to what the manifest says."""
    told, owed = _manifest(data.files), _leaves(_file(data.files, LEAVES))
    new = sum(line.units for line in _lines(data) if line.kind == "conversion")
    for name, right, said in (
        ("cum_total", str(sum(owed.values())), told["cum_total"]),
        ("new_units", str(new), told["new_units"]),
        ("accounts", len(owed), told["accounts"]),
    ):
        _require(right == said, f"{name} is {right}, and the manifest says {said}.")


def _root(data: Data, facts: Facts) -> None:
    """The leaves give the root."""
    owed = dataset.read_leaves(_file(data.files, LEAVES))
    root = merkle.build(chain_id=facts.chain_id, contract=facts.contract, owed=owed).root
    told = _manifest(data.files)["root"]
    _require(_hex(root) == told, f"The leaves give {_hex(root)}, and the manifest says {told}.")


def _ratings(data: Data, facts: Facts) -> None:
    """The published ratings give their root."""
    root, told = dataset.ratings_root(_file(data.files, RATINGS)), _manifest(data.files)["ratings_root"]
    _require(_hex(root) == told, f"The ratings give {_hex(root)}, and the manifest says {told}.")


def _on_chain(data: Data, facts: Facts) -> None:
    """The contract has exactly this epoch."""
    if facts.posted is None:
        raise Fault("The contract has no such epoch yet.")
    told, posted = _manifest(data.files), facts.posted
    _require(_hex(posted.root) == told["root"], f"The root on chain is {_hex(posted.root)}.")
    _require(str(posted.cum_total) == told["cum_total"], f"The total on chain is {posted.cum_total}.")
    right = dataset.sha256(_file(data.files, MANIFEST))
    _require(posted.data_hash == right, f"The data hash on chain is {_hex(posted.data_hash)}, and that of the manifest {_hex(right)}.")


def _header(data: Data, facts: Facts) -> str:
    """The log's contract has exactly this header, once it has one."""
    told, header = _manifest(data.files), facts.header
    if header is None:
        return "not on chain yet"
    _require(header.size == told["log"]["size"], f"The log's size on chain is {header.size}.")
    for name, right, said in (
        ("log's root", told["log"]["root"], header.tree_root),
        ("ratings' root", told["ratings_root"], header.ratings_root),
        ("data hash", _hex(dataset.sha256(_file(data.files, MANIFEST))), header.data_hash),
    ):
        _require(right == _hex(said), f"The {name} in the header on chain is {_hex(said)}.")
    return ""


def _covered(data: Data, facts: Facts) -> None:
    """The treasury holds what may be redeemed, rounded up."""
    need = -(-(facts.committed - facts.redeemed) * facts.num // facts.den)
    _require(facts.holdings >= need, f"The treasury holds {facts.holdings} units of stablecoin and owes {need}.")


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"


_CHECKS: tuple[tuple[str, Callable[[Data, Facts], str | None]], ...] = (
    ("files", _files),
    ("identity", _identity),
    ("previous", _previous),
    ("rate", _rate),
    ("paid once", _once),
    ("growth", _growth),
    ("no leaf falls", _never_less),
    ("sums", _sums),
    ("root", _root),
    ("ratings", _ratings),
    ("on chain", _on_chain),
    ("header", _header),
    ("treasury", _covered),
)
NAMES = tuple(name for name, _ in _CHECKS)


def table(checks: Sequence[Check]) -> Iterator[str]:
    """A line for each check, those that were not reached too."""
    done = {check.name: check for check in checks}
    for name in NAMES:
        state = "not looked at" if name not in done else done[name].fault or done[name].note or "as it must be"
        yield f"{name:<14} {state}"
