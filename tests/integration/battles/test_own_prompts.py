"""What a battle is about is decided when it is opened: by its pool, or by the words of an own prompt."""

import pytest

from arena.battles import projector
from arena.battles.models import Battle
from arena.prompts.classify import VERSION
from arena.prompts.models import Prompt
from arena.ratings import actions as ratings
from arena.ratings.models import Board
from tests.cast import Arena, Person


def about(battle: str) -> tuple[str, str, str]:
    row = Battle.objects.get(pk=battle)
    return row.category, row.language, row.classifier


@pytest.mark.parametrize(
    ("prompt", "category", "language"),
    [
        ("Write a Python function that reverses a string.", "coding", "en"),
        ("Schreib ein Gedicht über den Herbst.", "creativity", "de"),
        ("把这句话翻译成法语：今天天气真好。", "translation", "zh"),
        ("hm", "", ""),
        ("{}();" * 1000, "coding", ""),
    ],
)
def test_an_own_prompt_is_labelled_by_its_words(prompt: str, category: str, language: str, arena: Arena, ada: Person) -> None:
    assert about(ada.open(prompt)["id"]) == (category, language, VERSION)


def test_a_prompt_of_a_pool_has_the_labels_of_the_pool(arena: Arena, ada: Person) -> None:
    prompt = Prompt.objects.create(
        pool=Prompt.objects.get().pool, key="odd", text="Write a Python function, please.", category="facts", language="cy"
    )
    battle = ada.post("battles", {"prompt_id": str(prompt.pk)}).json()["id"]
    assert about(battle) == ("facts", "cy", "pool")


def test_a_follow_up_changes_nothing_of_it(arena: Arena, ada: Person) -> None:
    battle = ada.open("Write a Python function that reverses a string.")["id"]
    before = about(battle)
    arena.answer(battle)
    assert ada.post(f"battles/{battle}/turns", {"prompt": "Schreib jetzt bitte ein Gedicht darüber."}).status_code == 201
    assert about(battle) == before


def test_a_vote_on_an_own_prompt_counts_on_the_boards_of_its_labels(arena: Arena, ada: Person) -> None:
    for slug, filter in (("coding", {"categories": ["coding"]}), ("maths", {"categories": ["maths"]}), ("german", {"languages": ["de"]})):
        ratings.create_board(slug=slug, title=slug, **filter)
    battle = ada.open("Schreib mir bitte eine Python-Funktion, die eine Liste sortiert.")["id"]
    arena.answer(battle)
    assert ada.vote(battle).status_code == 200
    while projector.project():
        pass
    projector.build_all()
    assert {board.slug: board.votes for board in Board.objects.all()} == {"overall": 1, "coding": 1, "maths": 0, "german": 1}
