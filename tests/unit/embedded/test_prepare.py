"""When the embedded database is used, and when it is refused."""

from pathlib import Path

import pytest

from arena import embedded
from arena.embedded import EmbeddedError, paths, postgres
from arena.embedded.cluster import Cluster, Progress


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    folders: list[Path] = []

    def attach(cluster: Cluster, progress: Progress) -> str:
        folders.append(cluster.folder)
        return "postgresql://embedded"

    monkeypatch.setattr(postgres, "attach", attach)
    return folders


def test_a_given_database_is_left_alone(attached: list[Path]) -> None:
    environ = {"DATABASE_URL": "postgresql://given", "DEBUG": "0"}
    embedded.prepare(environ)
    assert environ["DATABASE_URL"] == "postgresql://given"
    assert attached == []


def test_without_a_database_the_embedded_one_is_used(attached: list[Path], tmp_path: Path) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    embedded.prepare(environ)
    assert environ["DATABASE_URL"] == "postgresql://embedded"
    assert attached == [tmp_path]


def test_a_child_that_inherits_the_embedded_address_counts_as_a_user(attached: list[Path], tmp_path: Path) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    embedded.prepare(environ)
    embedded.prepare(dict(environ))
    assert attached == [tmp_path, tmp_path]


@pytest.mark.parametrize("debug", ["0", "false", "No", "OFF"])
def test_with_debug_off_the_embedded_database_is_refused(attached: list[Path], debug: str) -> None:
    with pytest.raises(EmbeddedError, match="set DATABASE_URL to a PostgreSQL"):
        embedded.prepare({"DEBUG": debug})
    assert attached == []


@pytest.mark.parametrize(("value", "expected"), [("", True), ("1", True), (" On ", True), ("0", False), ("off", False)])
def test_debug_is_read_from_the_environment(value: str, expected: bool) -> None:
    assert embedded.debug_is_on({"DEBUG": value}) is expected


def test_debug_is_on_in_a_checkout_that_says_nothing() -> None:
    assert embedded.debug_is_on({})


def test_an_unreadable_debug_fails_loudly() -> None:
    with pytest.raises(EmbeddedError, match="'maybe'"):
        embedded.debug_is_on({"DEBUG": "maybe"})


def test_a_refusal_ends_a_process_with_its_sentence() -> None:
    assert issubclass(EmbeddedError, SystemExit)
    assert EmbeddedError("Set this.").code == "Set this."


def test_an_ordinary_user_keeps_the_data_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert paths.data_dir({}) == paths.checkout() / "var"


def test_root_keeps_the_data_of_each_checkout_apart_and_out_of_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    here = paths.data_dir({})
    monkeypatch.setattr(paths, "checkout", lambda: Path("/root/other"))
    there = paths.data_dir({})
    assert here.parent == there.parent == paths.SYSTEM_FOLDER
    assert here != there


def test_a_chosen_data_folder_wins(tmp_path: Path) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    assert paths.data_dir(environ) == tmp_path
    assert paths.models_dir(environ) == tmp_path / "models"
    assert paths.models_dir({}) == paths.checkout() / "var" / "models"


def test_the_socket_lies_with_the_data_of_a_short_path() -> None:
    cluster = Cluster(Path("/srv/arena"))
    assert cluster.socket_folder == cluster.data
    assert cluster.url == "postgresql://evenhand@/evenhand?host=%2Fsrv%2Farena%2Fpostgres&port=5432"


@pytest.mark.parametrize("folder", ["/srv/" + "long/" * 20, "/srv/one,two", "/srv/a b", "/srv/é"])
def test_the_socket_of_a_long_or_odd_path_lies_in_a_short_one_of_its_own(folder: str) -> None:
    sockets = Cluster(Path(folder)).socket_folder
    assert len(str(sockets)) < 80
    assert "," not in sockets.name
    assert sockets != Cluster(Path(folder) / "other").socket_folder
