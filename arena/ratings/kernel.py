"""The compiled sums of sums.c, where they have been built: `python -m arena.ratings.kernel`, as `make` does.

Nothing needs them. Without a C compiler numpy finds the same, in about twice the time.
"""

import ctypes
import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("sums.c")
# No operation is joined with another, or the bits would depend on the processor. What the last two switch off is not looked at.
FLAGS = ("-std=c11", "-O3", "-shared", "-fPIC", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
MOST_COVARIATES = 64  # what is known of a block of rows is kept on the stack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Column = NDArray[np.int32]
Outcomes = NDArray[np.int8]

_WHOLE, _SMALL, _REAL, _AT = ctypes.c_int64, ctypes.c_int32, ctypes.c_double, ctypes.c_void_p
_TAKES = {
    "sum_slopes": (_AT, _AT, _AT, _REAL, _REAL, _SMALL, _AT, _AT, _AT, _AT, _WHOLE, _AT),
    "tally": (_WHOLE, _AT, _AT),
    "tally_kinds": (_AT, _AT),
    "look_up": (_AT, _AT, _AT, _AT, _AT, _AT),
    "deal": (_AT, _AT, _SMALL, _AT, _AT, _AT),
    "add_dealt": (_WHOLE, _AT, _WHOLE, _AT),
    "add_others": (_AT, _AT, _AT, _AT, _AT),
}
_DEALT = np.dtype([("score", "f8"), ("cluster", "i4"), ("first", "u2"), ("second", "u2")])


class _Rows(ctypes.Structure):
    _fields_ = [
        *((name, _WHOLE) for name in ("count", "contenders", "covariates", "apart")),
        *((name, _AT) for name in ("first", "second", "outcome", "x")),
    ]


@dataclass(frozen=True, slots=True)
class Columns:
    """Comparisons as `Comparisons` has checked them: whoever met whom, outcomes 0 to 2, covariates of shape (k, rows), each in one piece."""

    contenders: int
    first: Column
    second: Column
    outcome: Outcomes
    covariates: Floats

    def __len__(self) -> int:
        return len(self.first)

    def take(self, some: slice) -> "Columns":
        """Some of the rows; a view where the slice allows it."""
        first, second = (np.ascontiguousarray(column[some]) for column in (self.first, self.second))
        outcome = np.ascontiguousarray(self.outcome[some])
        covariates = np.ascontiguousarray(self.covariates[:, some]) if some.step else self.covariates[:, some]
        return Columns(self.contenders, first, second, outcome, covariates)


@dataclass(frozen=True, slots=True)
class Sums:
    """What rows' slopes sum to: `weight` by ordered pair, `met` by contender, `own` without one; sums.c tells what is where."""

    weight: Floats
    met: Floats
    own: Floats


class Kernel:
    """The functions of sums.c. They hold no lock of Python's: several threads may sum at once."""

    def __init__(self, file: Path) -> None:
        self._library = ctypes.CDLL(str(file))
        for name, takes in _TAKES.items():
            function = getattr(self._library, name)
            function.argtypes, function.restype = takes, None

    def slopes(
        self,
        rows: Columns,
        strengths: Floats,
        coefficients: Floats,
        margin: float | None,
        into: tuple[Floats, Floats] | None = None,
        *,
        squares: bool = False,
    ) -> Sums:
        """The sums of each row's slopes and second derivatives; with `squares`, of the slopes' own products in their place.

        `into`: where each row's slopes by the distance and by the margin (or nothing) go.
        """
        n, k = rows.contenders, len(rows.covariates)
        width = k + 2 + k % 2
        found = Sums(np.zeros((n, n)), np.zeros((n, width)), np.zeros(2 * k + k * k + 2))
        distance = np.subtract.outer(strengths, strengths)
        coefficients = np.ascontiguousarray(coefficients)
        d, m = ((column.ctypes.data if len(column) else None) for column in into) if into else (None, None)
        told = (_at(distance), _at(coefficients), margin or 0.0, np.expm1(2 * (margin or 0.0)), squares, d, m)
        self._library.sum_slopes(_told(rows), *told, _at(found.weight), _at(found.met), width, _at(found.own))
        return found

    def tally(self, column: Column) -> Ints:
        """How often each whole number from 0 to the largest stands in the column."""
        times = np.zeros(int(column.max(initial=-1)) + 1, dtype=np.int64)
        self._library.tally(len(column), _at(column), _at(times))
        return times

    def tally_kinds(self, rows: Columns) -> Ints:
        """How often each ordered pair ended how: shape (n, n, 3)."""
        times = np.zeros((rows.contenders, rows.contenders, 3), dtype=np.int64)
        self._library.tally_kinds(_told(rows), _at(times))
        return times

    def look_up(self, rows: Columns, d: Floats, m: Floats) -> tuple[Floats, Floats, Ints]:
        """Each row's scores, of those of all kinds, shape (n, n, 3) laid flat (m may be empty); and how often each kind stands there."""
        by_d, by_m, times = np.empty(len(rows)), np.empty(len(rows) if len(m) else 0), np.zeros(len(d), dtype=np.int64)
        self._library.look_up(_told(rows), _at(d), _at(m), _at(by_d), _at(by_m) if len(m) else None, _at(times))
        return by_d, by_m, times

    def deal(self, rows: Columns, cluster: Column, bits: int, score: Floats, begins: Ints) -> NDArray[np.void]:
        """The rows with their scores, those of each piece of 2^bits neighbouring clusters together: they begin where `begins` says."""
        out, at = np.empty(len(rows), dtype=_DEALT), begins.copy()
        self._library.deal(_told(rows), _at(cluster), bits, _at(score), _at(at), _at(out))
        return out

    def add_dealt(self, dealt: NDArray[np.void], table: Floats) -> None:
        """Add a piece's scores to its table: a row a cluster, a column a contender (and others, untouched)."""
        self._library.add_dealt(len(dealt), _at(dealt), table.shape[1], _at(table))

    def others(self, rows: Columns, cluster: Column, count: int, d: Floats, m: Floats) -> Floats:
        """Summed by cluster: d times each covariate, and m, unless it is empty; shape (count, k + 1 or + 0)."""
        found = np.zeros((count, len(rows.covariates) + (len(m) > 0)))
        self._library.add_others(_told(rows), _at(cluster), _at(d), _at(m) if len(m) else None, _at(found))
        return found


def _at(array: NDArray[Any]) -> int:
    return array.ctypes.data


def _told(rows: Columns) -> Any:
    k, apart = len(rows.covariates), rows.covariates.strides[0] // 8
    columns = _at(rows.first), _at(rows.second), _at(rows.outcome), _at(rows.covariates)
    return ctypes.byref(_Rows(len(rows), rows.contenders, k, apart, *columns))


def file() -> Path:
    """Where the sums are once built: its name says of what, and for which kind of machine, so that no other is taken for it."""
    made_of = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()
    return SOURCE.with_name(f"sums-{sysconfig.get_platform()}-{made_of[:12]}.so")


@cache
def library() -> Kernel | None:
    """The compiled sums, or None where nobody has built them."""
    built = file()
    return Kernel(built) if built.exists() else None


def build(into: Path) -> None:
    """Compile the sums. Raises FileNotFoundError without a C compiler, CalledProcessError when it cannot."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("there is no C compiler (cc)")
    with tempfile.TemporaryDirectory(dir=into.parent) as folder:
        made = Path(folder, into.name)
        subprocess.run([compiler, *FLAGS, "-o", str(made), str(SOURCE)], check=True)
        made.replace(into)


def main() -> int:
    """Build the sums if they are not there, in the place of older ones; 0 without them too, for nothing needs them."""
    into = file()
    if into.exists():
        return 0
    try:
        build(into)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"The sums over many votes stay uncompiled and take about twice as long: {error}.", file=sys.stderr)
        return 0
    for old in into.parent.glob("sums-*.so"):
        if old != into:
            old.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
