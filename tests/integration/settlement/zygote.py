"""Processes that settle and die at a chosen point. Started once; each line on its input is one life: a fork, so that none costs a start.

`<rounds> <crossing> <seam>`: do so many rounds, and end without a goodbye when `seam` is crossed for the `crossing`-th time (seam `any`: whichever;
`none`: never). Answers with how the life ended: 0, 9 for the kill, 1 for an error. Seams are wrapped here: the product has no hooks.
"""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

import django

KILLED = 9


class Seams:
    """Counts what is crossed, and ends the process at the chosen crossing."""

    def __init__(self, wanted: str, crossing: int):
        self.wanted, self.left = wanted, crossing

    def cross(self, name: str) -> None:
        if self.wanted in (name, "any"):
            self.left -= 1
            if self.left == 0:
                os._exit(KILLED)

    def around(self, owner: Any, function: str, before: str, after: str) -> None:
        """Make calls of `owner.function` cross seam `before`, and `after` once they have returned."""
        real: Callable[..., Any] = getattr(owner, function)

        @functools.wraps(real)
        def crossing(*args: Any, **named: Any) -> Any:
            self.cross(before)
            found = real(*args, **named)
            self.cross(after)
            return found

        setattr(owner, function, crossing)


def live(times: int, seam: str, crossing: int) -> int:
    from arena.chain import signing
    from arena.chain.client import Chain, chain
    from arena.credits import alarms, outgoing, rounds, settlement

    seams = Seams(seam, crossing)
    seams.around(signing, "sign", "unsigned", "signed, not stored")
    seams.around(outgoing, "_sign_first", "no nonce", "stored, not sent")
    seams.around(outgoing, "_replace", "not replaced", "replaced, not sent")
    seams.around(Chain, "send", "sending", "sent, not recorded")
    seams.around(outgoing, "_record", "mined, not recorded", "recorded")
    seams.around(alarms, "keep", "before an alarm", "after an alarm")
    for _ in range(times):
        at = chain()
        rounds.follow(at=at)
        settlement.settle(at=at)
    return 0


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
    django.setup()
    from arena.chain import abi, signing  # what takes long to load

    signing.address_of("0x" + "5e" * 32)
    abi.encode_call("credits", "head", [])
    print("ready", flush=True)
    for line in sys.stdin:
        times, crossing, seam = line.strip().split(" ", 2)
        if (child := os.fork()) == 0:
            try:
                os._exit(live(int(times), seam, int(crossing)))
            except BaseException as error:
                print(f"died of {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
