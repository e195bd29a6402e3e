"""The compiled sums are those of numpy; without a C compiler there is but one path, and these tests compare it with itself."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from arena.ratings import compiled, kernel
from arena.ratings.analysis import Ballots, Rules, analyse
from arena.ratings.analysis_document import document
from arena.ratings.bradley_terry import Fit, fit, row_slopes
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, count, tally
from arena.ratings.intervals import certainty
from arena.ratings.rows import vote_rows
from tests.unit.ratings.test_bradley_terry import world
from tests.unit.ratings.test_intervals import clustered

Found = TypeVar("Found")
CLOSE = 1e-12


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> kernel.Kernel | None:
    """The sums as their source is now."""
    if shutil.which("cc") is None:
        return None
    into = tmp_path_factory.mktemp("kernel") / "sums.so"
    kernel.build(into)
    return kernel.Kernel(into)


Both = Callable[[Callable[[], Found]], tuple[Found, Found]]


@pytest.fixture
def both(built: kernel.Kernel | None, monkeypatch: pytest.MonkeyPatch) -> Both[Found]:
    """What some work finds with numpy, and compiled."""

    def work(of: Callable[[], Found]) -> tuple[Found, Found]:
        monkeypatch.setattr(kernel, "library", lambda: None)
        plain = of()
        monkeypatch.setattr(kernel, "library", lambda: built)
        return plain, of()

    return work


def votes(rows: int, covariates: int, seed: int = 3) -> Comparisons:
    """Votes of twelve contenders, with two ways of clustering."""
    of, rng = world(12, rows, seed, covariates=covariates, effect=0.2)[1], np.random.default_rng(seed)
    ways = (rng.integers(0, rows // 20, rows), rng.integers(0, rows // 50, rows))
    return Comparisons(12, of.first, of.second, of.outcome, ways, of.covariates)


def apart(a: Floats, b: Floats) -> float:
    """The largest difference, of the largest number."""
    return float(np.abs(a - b).max(initial=0) / max(np.abs(a).max(initial=0), 1e-300))


@pytest.mark.parametrize("rows", [1_001, 120_000])
@pytest.mark.parametrize("covariates", [0, 1, 5, 7])
@pytest.mark.parametrize("ties", [False, True])
def test_both_paths_find_the_same_fit_and_the_same_intervals(both: Both[list[Floats]], rows: int, covariates: int, ties: bool) -> None:
    of = votes(rows, covariates)

    def found() -> list[Floats]:
        at = fit(of, ties=ties)
        once = Comparisons(12, of.first, of.second, of.outcome, of.clusters[:1], of.covariates)
        margin = np.array([at.margin or 0.0])
        return [at.strengths, at.coefficients, margin, at.information, certainty(of, at).covariance, certainty(once, at).covariance]

    plain, compiled_too = both(found)
    assert max(apart(a, b) for a, b in zip(plain, compiled_too, strict=True)) < CLOSE


@pytest.mark.parametrize("margin", [None, 0.4])
def test_slopes_far_from_every_maximum_are_the_same(built: kernel.Kernel | None, margin: float | None) -> None:
    of = votes(203, 3).take(np.arange(203))
    strengths, coefficients = np.linspace(-400, 400, 12), np.array([0.3, -0.2, 5.0])
    expected = row_slopes(vote_rows(of), Fit(strengths, coefficients, margin, np.zeros((0, 0))))
    d, m = np.empty(203), np.empty(203 if margin else 0)
    assert (built is None) == (shutil.which("cc") is None)
    if built:
        built.slopes(of.laid_out(), strengths, coefficients, margin, (d, m))
        assert np.abs(d - expected.d).max() < CLOSE
        assert np.abs(m - expected.m).max(initial=0) < CLOSE


@pytest.mark.parametrize("covariates", [0, 2])
def test_intervals_are_the_same_in_however_many_pieces(both: Both[Floats], monkeypatch: pytest.MonkeyPatch, covariates: int) -> None:
    of = votes(4_000, covariates)
    at = fit(of, ties=True)
    monkeypatch.setattr(compiled, "_CELLS", 64)
    plain, in_pieces = both(lambda: certainty(of, at).covariance)
    assert apart(plain, in_pieces) < CLOSE


def test_counts_are_the_same(both: Both[list[list[float]]]) -> None:
    of = votes(5_000, 0)

    def counted() -> list[list[float]]:
        pairs = count(of)
        columns = (pairs.low, pairs.high, pairs.wins_low, pairs.wins_high, pairs.ties, *map(tally, of.clusters))
        return [*(column.tolist() for column in columns), tally(np.empty(0, dtype=np.int32)).tolist()]

    plain, compiled_too = both(counted)
    assert plain == compiled_too
    assert sum(plain[2]) + sum(plain[3]) + sum(plain[4]) == len(of)


def test_the_analysis_says_the_same_in_all_its_decimals(both: Both[dict[str, object]]) -> None:
    of, rng = clustered(5, votes=6_000), np.random.default_rng(5)
    styled = Comparisons(6, of.first, of.second, of.outcome, of.clusters, np.tanh(rng.normal(scale=0.5, size=(6_000, 5))))
    ballots = Ballots(styled, styled.outcome == TIE)
    plain, compiled_too = both(lambda: document(analyse(ballots, {}, Rules()), list("abcdef")))
    assert plain["style"]
    assert plain["cross_check"]
    assert plain == compiled_too


def test_more_covariates_than_the_kernel_has_room_for_are_left_to_numpy(
    built: kernel.Kernel | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "library", lambda: built)
    few, many = (
        Comparisons(2, np.array([0, 1]), np.array([1, 0]), np.array([FIRST, SECOND]), (), np.zeros((2, k)))
        for k in (kernel.MOST_COVARIATES, kernel.MOST_COVARIATES + 1)
    )
    assert (compiled.votes(few) is None) == (built is None)
    assert compiled.votes(many) is None


def test_sums_built_of_another_source_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "sums.c"
    source.write_bytes(kernel.SOURCE.read_bytes())
    monkeypatch.setattr(kernel, "SOURCE", source)
    before = kernel.file()
    source.write_bytes(source.read_bytes() + b"/* another */\n")
    before.write_bytes(b"built")
    assert kernel.file() != before
    kernel.library.cache_clear()
    assert kernel.library() is None
    kernel.library.cache_clear()


def test_without_a_compiler_nothing_is_built_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kernel, "file", lambda: tmp_path / "sums.so")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kernel.main() == 0
    assert "there is no C compiler" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_was_built_of_older_sources_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, old = tmp_path / "sums-here-2.so", tmp_path / "sums-here-1.so"
    old.write_bytes(b"old")
    monkeypatch.setattr(kernel, "file", lambda: now)
    monkeypatch.setattr(kernel, "build", lambda into: into.write_bytes(b"new"))
    assert kernel.main() == 0
    assert list(tmp_path.iterdir()) == [now]
