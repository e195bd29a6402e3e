"""`manage.py seed`: from fixtures and environment to an arena, again and again."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from arena.contenders.models import Contender, Event
from arena.prompts.models import Prompt
from arena.providers.models import Provider, Route
from arena.providers.queries import ready_contenders
from arena.ratings.models import Board, ParameterChange, Snapshot

PROVIDER = {"slug": "house", "name": "House", "protocol": "openai", "base_url": "http://127.0.0.1:9/v1"}
CONTENDERS = [{"slug": f"oak-{n}", "name": f"Oak {n}", "vendor": "Oak Labs", "provider": "house", "model": f"oak-{n}"} for n in (1, 2)]
CATALOGUE = {"providers": [PROVIDER], "contenders": CONTENDERS}


@pytest.fixture(autouse=True)
def _alone(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No models run on this machine, and none are asked for by the environment."""
    from arena.embedded import localmodels

    monkeypatch.setattr(localmodels, "status", lambda: localmodels.Status(False, False, [], []))
    settings.CONTENDERS = []


@pytest.fixture
def file(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "contenders.json"
    path.write_text(json.dumps(CATALOGUE))
    settings.PROVIDERS_FILE = str(path)
    return path


def seed() -> str:
    out = io.StringIO()
    call_command("seed", stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[Any]]:
    models = (Board, ParameterChange, Prompt, Provider, Contender, Event, Route)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_a_fresh_arena_has_a_board_prompts_and_the_files_contenders(file: Path) -> None:
    assert seed().startswith("2 contenders, 1 providers")
    assert [contender.slug for contender in ready_contenders()] == ["oak-1", "oak-2"]
    assert Prompt.objects.count() >= 100
    assert Board.objects.get().slug == "overall"
    assert len(json.loads(bytes(Snapshot.objects.get().body))["rows"]) == 2


def test_the_same_again_changes_nothing(file: Path) -> None:
    seed()
    before = everything()
    seed()
    assert everything() == before


def test_a_changed_description_is_brought_up_to_date_and_the_state_is_left(file: Path) -> None:
    seed()
    Contender.objects.filter(slug="oak-1").update(state="retired")
    changed = {**CATALOGUE, "contenders": [{**CONTENDERS[0], "name": "Oak One", "params": {"temperature": 0.3}}]}
    file.write_text(json.dumps(changed))
    seed()
    oak = Contender.objects.get(slug="oak-1")
    assert (oak.name, oak.state, oak.route.params) == ("Oak One", "retired", {"temperature": 0.3})
    assert Event.objects.filter(contender=oak).count() == 2
    assert Contender.objects.count() == 2


def test_one_line_of_the_environment_makes_contenders(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CONTENDERS = ["openai/gpt-5", "openrouter/meta-llama/llama-3.3-70b", "ollama/gemma3:1b"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    seed()
    found = {contender.slug: contender for contender in Contender.objects.select_related("route__provider")}
    gpt = found["openai-gpt-5"]
    assert (gpt.name, gpt.vendor, gpt.route.model, gpt.route.provider.key_env) == ("gpt-5", "OpenAI", "gpt-5", "OPENAI_API_KEY")
    assert "max_completion_tokens" in gpt.route.provider.flags
    llama = found["openrouter-meta-llama-llama-3-3-70b"]
    assert (llama.name, llama.vendor, llama.route.model) == ("llama-3.3-70b", "meta-llama", "meta-llama/llama-3.3-70b")
    ready = {contender.slug for contender in ready_contenders()}
    assert "openai-gpt-5" in ready
    assert llama.slug not in ready, "its key is missing"
    assert "sk-test" not in json.dumps(everything(), default=str)


@pytest.mark.parametrize("text", ["gpt-5", "nobody/gpt-5", "openai/", "/gpt-5"])
def test_a_wrong_line_of_the_environment_is_told(text: str, settings: Settings) -> None:
    settings.CONTENDERS = [text]
    with pytest.raises(CommandError, match=r"CONTENDERS: .*known providers: .*openai"):
        seed()


BAD: dict[str, tuple[str, str]] = {
    "not json": ("{", "contenders.json"),
    "a list": ("[]", "must be an object"),
    "a word": ('"x"', "must be an object"),
    "nested too deep": ("[" * 100_000, "contenders.json"),
    "providers no list": ('{"providers": {}}', "must be an object"),
    "contenders no list": ('{"contenders": "x"}', "must be an object"),
    "provider no object": ('{"providers": ["x"]}', "provider 1 .* is not right"),
    "provider without slug": (
        json.dumps({"providers": [{"name": "x", "protocol": "openai", "base_url": "x"}]}),
        "provider 1 .* has no 'slug'",
    ),
    "provider without address": (json.dumps({"providers": [{"slug": "x", "name": "x", "protocol": "openai"}]}), "has no 'base_url'"),
    "unknown protocol": (json.dumps({"providers": [PROVIDER | {"protocol": "telnet"}]}), "protocol is called 'telnet'; known: .*openai"),
    "long name": (json.dumps({"providers": [PROVIDER | {"name": "x" * 500}]}), "provider 1 .* is not right"),
    "contender no object": ('{"contenders": [7]}', "contender 1 .* is not right"),
    "contender without name": (
        json.dumps({**CATALOGUE, "contenders": [{"slug": "x", "provider": "house", "model": "x"}]}),
        "has no 'name'",
    ),
    "contender without model": (
        json.dumps({**CATALOGUE, "contenders": [{"slug": "x", "provider": "house", "name": "x"}]}),
        "has no 'model'",
    ),
    "stranger's provider": (
        json.dumps({**CATALOGUE, "contenders": [CONTENDERS[0] | {"provider": "inn"}]}),
        "contender 1 .* provider 'inn'",
    ),
    "bad price": (json.dumps({**CATALOGUE, "contenders": [CONTENDERS[0] | {"price_input": "cheap"}]}), "contender 1 .* is not right"),
    "bad params": (json.dumps({**CATALOGUE, "contenders": [CONTENDERS[0] | {"params": "hot"}]}), "contender 1 .* is not right"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_with_its_place(name: str, file: Path) -> None:
    text, sentence = BAD[name]
    file.write_text(text)
    with pytest.raises(CommandError, match=sentence):
        seed()
    assert not Contender.objects.exists()


def test_a_missing_file_is_told(file: Path) -> None:
    file.unlink()
    with pytest.raises(CommandError, match=r"contenders\.json.*No such file"):
        seed()


def test_models_of_this_machine_come_and_go(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from arena.embedded import localmodels

    row = {
        "slug": "tiny",
        "name": "Tiny",
        "vendor": "Tiny Labs",
        "licence": "MIT",
        "toy": True,
        "model": "tiny",
        "base_url": "http://127.0.0.1:1/v1",
    }
    monkeypatch.setattr(localmodels, "status", lambda: localmodels.Status(True, True, ["tiny"], [row]))
    seed()
    assert Contender.objects.get(slug="tiny").toy
    assert {contender.slug for contender in ready_contenders()} == {"oak-1", "oak-2", "tiny"}
    monkeypatch.setattr(localmodels, "status", lambda: localmodels.Status(True, False, ["tiny"], []))
    seed()
    assert {contender.slug for contender in ready_contenders()} == {"oak-1", "oak-2"}
    assert Contender.objects.filter(slug="tiny").exists()
