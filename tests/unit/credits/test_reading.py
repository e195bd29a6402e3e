"""Whatever a site withholds or puts in the place of a file, a stranger is told."""

from collections.abc import Callable

import pytest

from arena.credits import verification
from arena.credits.dataset import CONVERSIONS, LEAVES, MANIFEST, RATINGS
from arena.credits.verification import gather, verify
from tests.unit.credits.epochs import Made, facts, past, taking_from_who_was_paid, third

# All that epoch 3 is judged by when epoch 1 is the newest before it that holds.
READ = [(3, name) for name in (MANIFEST, CONVERSIONS, LEAVES, RATINGS)]
READ += [(number, name) for number in (2, 1) for name in (MANIFEST, CONVERSIONS, LEAVES)]
BENT: dict[str, Callable[[bytes, bytes], bytes | None]] = {
    "withheld": lambda content, other: None,
    "emptied": lambda content, other: b"",
    "cut": lambda content, other: content[: len(content) // 2],
    "its first line": lambda content, other: content.splitlines(keepends=True)[0][:40],
    "one byte more": lambda content, other: content + b"\n",
    "another epoch's": lambda content, other: other,
    "no text": lambda content, other: b"\xff" * len(content),
    "deep": lambda content, other: b"[" * 100_000,
}


def reader(made: Made, read: list[tuple[int, str]], bent: dict[tuple[int, str], bytes | None]) -> verification.Read:
    """Reads a site that holds these epochs, or something else in place of some files, and writes down what was read."""
    there: dict[tuple[int, str], bytes | None] = {
        (each.number, name): content for each in (made, *past(made)) for name, content in each.files.items()
    }
    there |= bent

    def look(number: int, /, *names: str) -> dict[str, bytes]:
        read.extend((number, name) for name in names)
        return {name: content for name in names if (content := there.get((number, name))) is not None}

    return look


def judged(made: Made, look: verification.Read) -> list[verification.Check]:
    own = look(made.number, MANIFEST, CONVERSIONS, LEAVES, RATINGS)
    return verify(gather(made.number, own, 1, look), facts(made, good=1))


@pytest.mark.parametrize("how", BENT)
@pytest.mark.parametrize("place", READ, ids=lambda place: "-".join(map(str, place)))
@pytest.mark.parametrize("make", [third, taking_from_who_was_paid])
def test_no_file_that_is_read_may_be_withheld_or_another(make: Callable[[], Made], place: tuple[int, str], how: str) -> None:
    made, read = make(), list[tuple[int, str]]()
    honest = [check.name for check in judged(made, reader(made, read, {})) if check.fault]
    assert (sorted(read), honest) == (sorted(READ), [] if make is third else ["no leaf falls"])
    number, name = place
    content = {each.number: each.files for each in (made, *past(made))}
    bent = BENT[how](content[number][name], content[number % 3 + 1][name])
    (said,) = verification.faults(judged(made, reader(made, [], {place: bent})))
    assert said.endswith(".")
    assert not said.startswith("no leaf falls"), "what is not the sealed file was believed"
