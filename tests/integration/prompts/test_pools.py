"""Prompt pools: loaded whole or not at all, and offered as chips."""

import json
from pathlib import Path
from typing import Any

import pytest

from arena.errors import NotFound
from arena.prompts import actions, queries
from arena.prompts.models import Pool, Prompt


def row(id: str, **change: Any) -> dict[str, Any]:
    return {"id": id, "text": f"Text of {id}", "category": "x", "language": "en", "chip": True, **change}


@pytest.fixture
def file(tmp_path: Path, db: None) -> Path:
    return tmp_path / "pool.jsonl"


def load(file: Path, *rows: Any) -> int:
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in rows))
    return actions.load_pool(slug="mine", title="Mine", path=file)


def test_a_pool_is_loaded_and_brought_up_to_date_by_key(file: Path) -> None:
    assert load(file, row("one"), "", row("two", tags=["t"])) == 2
    ids = dict(Prompt.objects.values_list("key", "id"))
    assert load(file, row("one", text="New"), row("three", chip=False)) == 2
    assert Pool.objects.count() == 1
    assert Prompt.objects.get(key="one").text == "New"
    assert {prompt.key: prompt.pk for prompt in Prompt.objects.filter(key__in=ids)} == ids
    assert Prompt.objects.count() == 3


@pytest.mark.parametrize("bad", ["{", "[]", "7", '{"id": "x"}', '{"text": "x"}', row("one")])
def test_a_bad_line_is_told_by_its_number_and_nothing_is_loaded(bad: Any, file: Path) -> None:
    with pytest.raises(ValueError, match="line 2"):
        load(file, row("one"), bad)
    assert not Prompt.objects.exists()


def test_suggestions_are_chips_of_active_pools_in_the_language(file: Path) -> None:
    load(file, row("one"), row("two"), row("three", chip=False), row("eins", language="de"))
    assert {prompt.key for prompt in queries.suggestions(count=9, language="en")} == {"one", "two"}
    assert {prompt.key for prompt in queries.suggestions(count=9, language="de")} == {"eins"}
    assert {prompt.key for prompt in queries.suggestions(count=9, language="tlh")} == {"one", "two"}
    assert len(queries.suggestions(count=1, language="en")) == 1
    Pool.objects.update(active=False)
    assert queries.suggestions(count=9, language="en") == []


def test_a_prompt_out_of_use_is_not_found(file: Path) -> None:
    load(file, row("one"))
    prompt = Prompt.objects.get()
    assert queries.active_prompt(prompt.pk) == prompt
    Prompt.objects.update(active=False)
    with pytest.raises(NotFound):
        queries.active_prompt(prompt.pk)
    Prompt.objects.update(active=True)
    Pool.objects.update(active=False)
    with pytest.raises(NotFound):
        queries.active_prompt(prompt.pk)
