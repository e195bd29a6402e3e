"""The container image: no engine runs here, so at least every path that it copies or mounts must exist."""

import json
import re
import shlex

from arena.management.commands import web
from tests.architecture.source import ROOT

DOCKERFILE, COMPOSE = ROOT / "Dockerfile", ROOT / "compose.yaml"
MADE = {"frontend/build", "static", "var"}  # made by a step of the image, or by the arena itself
TARGET = re.compile(r"^([a-z0-9-]+):", re.MULTILINE)


def lines() -> list[str]:
    """The Dockerfile's instructions, continued lines joined."""
    assert DOCKERFILE.is_file(), "Dockerfile is not written yet"
    text = re.sub(r"\\\n", " ", DOCKERFILE.read_text(encoding="utf-8"))
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def instructions() -> list[list[str]]:
    """The same as words."""
    return [shlex.split(line, comments=True) for line in lines()]


def options(words: list[str]) -> list[list[str]]:
    """What a command is told, each option with its value, in any order."""
    found: list[list[str]] = []
    for word in words:
        if word.startswith("--") or not found:
            found.append([word])
        else:
            found[-1].append(word)
    return sorted(found)


def copied() -> list[str]:
    """The sources of every COPY or ADD out of the checkout (not out of another stage)."""
    found: list[str] = []
    for name, *words in (words for words in instructions() if words):
        if name.upper() in ("COPY", "ADD") and not any(word.startswith("--from=") for word in words):
            found += [word for word in words if not word.startswith("--")][:-1]
    return found


def test_every_path_that_the_image_copies_exists() -> None:
    sources = copied()
    assert sources
    assert not [path for path in sources if not any(ROOT.glob(path.strip("/").removeprefix("./") or "."))]


def test_the_image_can_talk_to_the_contracts() -> None:
    assert "contracts/abi" in copied()
    assert "!contracts/abi" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_the_image_does_not_run_as_root_and_says_whether_it_is_well() -> None:
    told = {words[0].upper(): words[1:] for words in instructions() if words}
    assert told["USER"][0].split(":")[0] not in ("root", "0")
    assert "HEALTHCHECK" in told


def test_the_image_starts_a_web_process_as_the_arena_does() -> None:
    python, *told = json.loads(next(line.removeprefix("CMD ") for line in lines() if line.startswith("CMD ")))
    (_, *ours), _ = web.uvicorn()
    assert python == "python"
    assert options(told) == options([*ours, "--host", "0.0.0.0", "--port", "8000"])


def test_the_image_is_made_by_the_targets_that_are_tested_here() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    called = re.findall(r"\bmake ([a-z0-9-]+)", DOCKERFILE.read_text(encoding="utf-8"))
    assert set(called) <= targets


def test_every_path_that_compose_mounts_exists() -> None:
    assert COMPOSE.is_file(), "compose.yaml is not written yet"
    text = COMPOSE.read_text(encoding="utf-8")
    mounted = re.findall(r"^\s*-\s*[\"']?(\./[^:\"'\s]*):", text, re.MULTILINE)
    named = re.findall(r"^\s*(?:file|dockerfile|context|env_file):\s*[\"']?(\.?[\w./-]+)", text, re.MULTILINE)
    wanted = {path.removeprefix("./").rstrip("/") or "." for path in [*mounted, *named]} - MADE - {".env"}
    assert not [path for path in wanted if not (ROOT / path).exists()]


def test_compose_has_every_part_of_the_arena() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    services = set(re.findall(r"^  ([a-z]+):\s*$", text, re.MULTILINE))
    assert {"web", "projector", "worker"} <= services
    assert services & {"db", "postgres", "postgresql", "database"}
