"""C6: an epoch's tree over 100,000 wallets, ours against OpenZeppelin's JavaScript library over the same wallets in the same run."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from arena.credits import merkle
from tests.bench.bar import Bar, middle, own_cpu_seconds

ROOT = Path(__file__).resolve().parents[2]
WALLETS, RUNS, LIMIT_SECONDS = 100_000, 3, 6.0
CHAIN, CONTRACT = 31337, "0x" + "c0" * 20


def run() -> list[Bar]:
    owed = [(f"0x{hashlib.sha256(b'%d' % number).hexdigest()[:40]}", 1_000 * (number + 1)) for number in range(WALLETS)]
    seconds = []
    for _ in range(RUNS):
        begun = own_cpu_seconds()
        tree = merkle.build(chain_id=CHAIN, contract=CONTRACT, owed=owed)
        seconds.append(own_cpu_seconds() - begun)
    theirs = _theirs(owed)
    same = (theirs["root"], theirs["nodes"]) == (f"0x{tree.root.hex()}", hashlib.sha256(tree.nodes).hexdigest())
    ours, spread = middle(seconds)
    return [
        Bar(
            "C6",
            f"tree over {WALLETS:,} wallets",
            ours,
            theirs["seconds"],
            "s of CPU",
            f"{LIMIT_SECONDS:g} s or less, and the same bytes",
            same and ours <= LIMIT_SECONDS,
            RUNS,
            spread,
            "the same bytes" if same else "other bytes",
        )
    ]


def _theirs(owed: list[tuple[str, int]]) -> dict[str, Any]:
    told = json.dumps({"chain": str(CHAIN), "contract": CONTRACT, "owed": [(account, str(units)) for account, units in owed]})
    command = ["node", str(ROOT / "tests" / "bench" / "tree.mjs"), str(ROOT / "contracts" / "package.json")]
    found: dict[str, Any] = json.loads(subprocess.run(command, input=told, capture_output=True, text=True, check=True).stdout)
    return found
