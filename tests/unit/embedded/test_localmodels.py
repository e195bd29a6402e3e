"""What is installed, what is found, what is told about the local models."""

import hashlib
import json
from pathlib import Path

import pytest

from arena.embedded import EmbeddedError, children, localmodels, locks
from arena.embedded.localmodels import catalogue, gateway, installing, serving


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"EVENHAND_DATA_DIR": str(tmp_path)}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> list[str]:
    """Records the commands of an installation instead of running them."""
    ran: list[str] = []

    def run(command: list[str], progress: object) -> None:
        ran.append(" ".join(command))
        catalogue.engine_python(environ).parent.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(installing, "run", run)
    monkeypatch.setattr(installing, "check_processor", lambda environ: None)
    return ran


def silent(sentence: str) -> None:
    pass


def test_a_second_installation_does_nothing(commands: list[str], environ: dict[str, str]) -> None:
    localmodels.install(silent, environ=environ)
    assert len(commands) == 2
    localmodels.install(silent, environ=environ)
    assert len(commands) == 2


def test_the_declared_dependencies_are_never_installed(commands: list[str], environ: dict[str, str]) -> None:
    localmodels.install(silent, environ=environ)
    assert "--no-deps --only-binary=:all: --require-hashes" in commands[1]


def test_a_killed_installation_begins_again(commands: list[str], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(command: list[str], progress: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(installing, "run", killed)
        with pytest.raises(KeyboardInterrupt):
            localmodels.install(silent, environ=environ)
    assert not localmodels.status(environ).installed
    localmodels.install(silent, environ=environ)
    assert localmodels.status(environ).installed


def test_a_new_version_of_the_models_is_installed_over_the_old(
    commands: list[str], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    localmodels.install(silent, environ=environ)
    monkeypatch.setattr(installing, "_wanted", lambda: "another")
    assert not installing.is_installed(environ)


def test_parts_join_to_one_file_only_when_its_digest_is_right(tmp_path: Path) -> None:
    parts = [tmp_path / "part00", tmp_path / "part01"]
    parts[0].write_bytes(b"GG")
    parts[1].write_bytes(b"UF")
    target = tmp_path / "whole.gguf"
    with pytest.raises(EmbeddedError, match="do not join"):
        installing.join_parts(parts, target, sha256="0" * 64)
    assert not target.exists()
    installing.join_parts(parts, target, sha256=hashlib.sha256(b"GGUF").hexdigest())
    assert target.read_bytes() == b"GGUF"


def test_the_operators_models_keep_their_names_and_get_slugs_of_their_own(environ: dict[str, str]) -> None:
    folder = Path(environ["EVENHAND_DATA_DIR"]) / "models"
    folder.mkdir()
    for name in ("My Model.gguf", "my-model.gguf", "big-00001-of-00002.gguf", "big-00002-of-00002.gguf"):
        (folder / name).touch()
    (folder / "big-mmproj.gguf").touch()
    (folder / "readme.txt").touch()
    found = catalogue.find_models(environ)
    assert [model.slug for model in found] == ["my-model", "big-00001-of-00002", "my-model-2"]
    assert [model.name for model in found] == ["My Model", "big-00001-of-00002", "my-model"]
    assert not any(model.toy for model in found)


def test_a_list_left_behind_by_a_kill_is_not_believed(environ: dict[str, str]) -> None:
    folder = catalogue.home(environ)
    folder.mkdir()
    serving.write_served(folder / "served.json", [{"slug": "ghost"}])
    assert localmodels.status(environ).served == []
    lock = locks.hold(folder / "serve.lock")
    assert lock is not None
    assert localmodels.status(environ).served == [{"slug": "ghost"}]
    locks.release(lock)


def test_the_list_of_served_models_is_replaced_at_once(tmp_path: Path) -> None:
    file = tmp_path / "served.json"
    serving.write_served(file, [{"slug": "one"}])
    with file.open() as reader:
        serving.write_served(file, [{"slug": "two"}, {"slug": "three"}])
        assert json.load(reader) == [{"slug": "one"}]
    assert [entry["slug"] for entry in json.loads(file.read_text())] == ["two", "three"]
    assert list(tmp_path.iterdir()) == [file]


def test_serving_what_is_not_installed_says_how_to_install_it(environ: dict[str, str]) -> None:
    with pytest.raises(EmbeddedError, match="localmodels install"):
        localmodels.serve(progress=silent, environ=environ)


@pytest.mark.parametrize("given", ["lots", "0", "65536", "-1", "²"])
def test_a_first_port_that_is_none_is_refused_by_name(given: str) -> None:
    with pytest.raises(EmbeddedError, match="LOCALMODELS_PORT"):
        serving.first_port({"LOCALMODELS_PORT": given})
    assert serving.first_port({}) == serving.first_port({"LOCALMODELS_PORT": ""}) == serving.FIRST_PORT


def test_a_taken_port_is_passed_over() -> None:
    first = gateway.bind_free_port(28741)
    second = gateway.bind_free_port(first.getsockname()[1])
    assert second.getsockname()[0] == "127.0.0.1"
    assert second.getsockname()[1] > first.getsockname()[1]
    first.close()
    second.close()


def test_pauses_grow_to_ten_seconds_and_begin_anew_after_a_healthy_life(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    backoff = children.Backoff()
    assert [backoff.pause() for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.begin()
    now = 9.0
    assert backoff.pause() == 10.0
    backoff.begin()
    now = 19.0
    assert backoff.pause() == 0.5
