"""What an organisation learns of its own contender, and what it must not learn of anybody else."""

import uuid
from typing import Any

import pytest
from django.core.cache import cache

from arena.battles import projector
from arena.battles.actions import scan
from arena.battles.models import Battle, Outcome, Side, Vote
from arena.contenders import actions as contenders
from arena.contenders.models import State
from arena.prompts.models import Prompt
from arena.vendors import actions as vendors
from arena.vendors.models import Organisation
from tests.cast import Arena, Person
from tests.integration.vendors.stage import Vendor, program, vendor

pytestmark = pytest.mark.django_db
REPORT = "organisations/amber-labs/contenders/amber-7/report"
OWN, OTHER = "Mine is a wombat.", "Theirs is a quokka."


@pytest.fixture
def ada(arena: Arena) -> Vendor:
    """The owner of Amber Labs, whose contender Amber-7 is."""
    cache.clear()
    ada = vendor()
    vendors.enter(organisation=Organisation.objects.get(slug="amber-labs"), contender=arena.contenders["amber"])
    return ada


def place_of(battle: str, slug: str = "amber-7") -> int | None:
    side = Side.objects.filter(battle=uuid.UUID(battle), contender__slug=slug).first()
    return None if side is None else side.position


def fought(person: Person, arena: Arena, outcome: str, prompt: str = "Why is the sky blue?", reasons: tuple[str, ...] = ()) -> str:
    """A battle of Amber-7's with this outcome for it: won, lost, tied, both_bad."""
    while (place := place_of(battle := str(person.open(prompt)["id"]))) is None:
        pass
    texts = (OWN, OTHER) if place == 0 else (OTHER, OWN)
    Arena.answer(battle, a=texts[0], b=texts[1])
    sides = "ab" if place == 0 else "ba"
    cast = {"won": sides[0], "lost": sides[1], "tied": "tie", "both_bad": "both_bad"}[outcome]
    more: dict[str, Any] = {"reasons": {sides[0]: list(reasons), sides[1]: ["creative"]}} if reasons else {}
    assert person.vote(battle, cast, **more).status_code == 200
    return battle


def report(ada: Vendor, query: str = "") -> dict[str, Any]:
    reply = ada.account.get(f"{REPORT}{query}")
    assert reply.status_code == 200, reply.content
    body: dict[str, Any] = reply.json()
    return body


def test_it_counts_wins_losses_and_ties_by_category_and_language(ada: Vendor, arena: Arena, ben: Person) -> None:
    for outcome in ("won", "won", "lost", "tied", "both_bad"):
        fought(ben, arena, outcome)
    told = report(ada)["rated"]
    assert told["all"] == {"votes": 5, "won": 2, "lost": 1, "tied": 1, "both_bad": 1}
    assert sum(row["votes"] for row in told["categories"]) == sum(row["votes"] for row in told["languages"]) == 5


def test_it_agrees_with_the_board(ada: Vendor, arena: Arena, ben: Person) -> None:
    for outcome in ("won", "lost", "tied", "won"):
        fought(ben, arena, outcome)
    projector.project()
    told = report(ada)
    (place,) = [place for place in told["places"] if place["board"]["slug"] == "overall"]
    assert place["votes"] == told["rated"]["all"]["votes"] == 4


def test_it_counts_what_voters_said_of_its_own_answers_only(ada: Vendor, arena: Arena, ben: Person) -> None:
    fought(ben, arena, "won", reasons=("correct", "clear"))
    fought(ben, arena, "lost", reasons=("correct", "too_long"))
    told = report(ada)["tags"]
    assert told == {"praise": [{"tag": "correct", "count": 2}, {"tag": "clear", "count": 1}], "blame": [{"tag": "too_long", "count": 1}]}


def test_its_share_is_of_all_sides_that_were_voted_on(ada: Vendor, arena: Arena, ben: Person) -> None:
    fought(ben, arena, "won")
    others = 0
    while not others:
        battle = str(ben.open()["id"])
        Arena.answer(battle)
        if place_of(battle) is None:
            ben.vote(battle)
            others += 1
    told = report(ada)["exposure"]
    assert (told["sides"], told["of"], told["share"]) == (1, 4, "0.250000")


def test_examples_are_of_voters_who_agreed_and_show_nothing_of_the_other_side(ada: Vendor, arena: Arena, ben: Person) -> None:
    fought(ben, arena, "won", prompt="A private matter")
    ben.consent(publish=True)
    battle = fought(ben, arena, "lost", prompt="What is a marsupial?", reasons=("unclear",))
    scan.scan_texts()
    reply = ada.account.get(REPORT)
    (example,) = reply.json()["examples"]
    assert (example["result"], example["tags"]) == ("lost", ["unclear"])
    assert example["turns"] == [{"prompt": "What is a marsupial?", "answer": OWN}]
    said = reply.content.decode()
    other = Side.objects.filter(battle=uuid.UUID(battle)).exclude(contender__slug="amber-7").get().contender
    assert not [word for word in (OTHER, "quokka", "A private matter", other.slug, other.name, other.vendor, battle) if word in said]


def test_a_prompt_that_is_held_out_is_no_example(ada: Vendor, arena: Arena, ben: Person) -> None:
    ben.consent(publish=True)
    prompt = Prompt.objects.get(key="sky")
    while place_of(battle := str(ben.post("battles", {"prompt_id": str(prompt.pk)}).json()["id"])) is None:
        pass
    Arena.answer(battle)
    ben.vote(battle)
    scan.scan_texts()
    assert len(report(ada)["examples"]) == 1
    Prompt.objects.filter(pk=prompt.pk).update(held_out=True)
    assert report(ada)["examples"] == []


def test_an_example_goes_with_its_words(ada: Vendor, arena: Arena, ben: Person) -> None:
    ben.consent(publish=True)
    battle = fought(ben, arena, "won", prompt="What is a marsupial?")
    scan.scan_texts()
    assert len(report(ada)["examples"]) == 1
    token = ben.client.cookies["csrftoken"].value
    ben.client.delete(f"/api/v1/battles/{battle}", data="{}", content_type="application/json", headers={"X-CSRFToken": token})
    assert report(ada)["examples"] == []


def test_another_organisation_finds_no_report_and_none_of_a_private_test(ada: Vendor, arena: Arena) -> None:
    hidden = contenders.register(slug="quartz-9", name="Quartz-9", vendor="Amber Labs", state=State.PRIVATE_TEST)
    vendors.enter(organisation=Organisation.objects.get(slug="amber-labs"), contender=hidden)
    cleo = vendor("cleo-labs", "cleo@example.org")
    told = [
        cleo.account.get(f"organisations/{slug}/contenders/{name}/report")
        for slug in ("cleo-labs", "amber-labs")
        for name in ("amber-7", "quartz-9", "nobody-1")
    ]
    assert {reply.status_code for reply in told} == {404}
    assert len({reply.content for reply in told[:3]}) == len({reply.content for reply in told[3:]}) == 1
    assert ada.account.get("organisations/amber-labs/contenders/quartz-9/report").json()["contender"]["state"] == "private_test"


def test_votes_of_a_private_test_are_told_apart(ada: Vendor, arena: Arena, ben: Person) -> None:
    battle = Battle.objects.get(pk=fought(ben, arena, "won"))
    copy = Vote.objects.get(battle=battle)
    again = Battle.objects.get(pk=battle.pk)
    again.pk, again._state.adding = uuid.uuid4(), True
    again.save()
    for side in Side.objects.filter(battle=battle):
        Side.objects.create(battle=again, position=side.position, contender=side.contender)
    copy.pk, copy._state.adding = uuid.uuid4(), True
    copy.battle, copy.rated, copy.unrated_reason, copy.outcome = again, False, "private_test", Outcome.TIE
    copy.ranks = [0, 0]
    copy.save()
    told = report(ada)
    assert (told["rated"]["all"]["won"], told["private_test"]["all"]["tied"], told["unrated"]) == (1, 1, {})


def test_a_key_reads_it_and_days_are_bounded(ada: Vendor) -> None:
    assert program(REPORT, ada.key()).status_code == 200
    assert program(REPORT, ada.key("other", "rankings")).status_code == 403
    assert [ada.account.get(f"{REPORT}?{query}").status_code for query in ("days=0", "days=3651", "day=3", "days=x")] == [400] * 4
