"""A contender in private test shows nowhere: every byte that strangers and its own voters get is kept and searched."""

import io
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from arena.battles import projector, statistics
from arena.battles.models import Answer, Battle, Side, Vote
from arena.battles.queries import rating_opening
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, State
from arena.providers import actions as providers
from arena.providers.queries import ready_contenders
from arena.ratings import actions as ratings
from arena.ratings import queries as boards
from arena.ratings.models import Board, Rating, Snapshot
from arena.votelog import commitment
from tests.cast import Arena, Person

ID, TOKENS = 987_650_007, 765_432_101
NEEDLES = ["vexilla", "quokka", "wombatty", "31.415927", "27.182818", "numbatware", "murexmodel", str(ID), str(TOKENS), "613b-moe"]
PLACES = ["arena", "boards", "boards/overall/history", "boards/overall/analysis", "exposure", "me/battles", "me", "prompts/suggestions"]


@pytest.fixture
def vexilla(arena: Arena, settings: Any) -> Contender:
    """In private test, and in every battle from now on; all about it is unmistakable."""
    settings.PRIVATE_TEST_SHARE = 1.0
    provider = providers.set_provider(slug="quokka", name="Quokka", protocol="scripted", base_url="scripted:")
    one = contenders.register(
        id=ID,
        slug="vexilla-9",
        name="Vexilla-9",
        vendor="Quokka Works",
        aliases=["wombatty"],
        licence="Numbatware",
        parameters="613B-moe",
        url="https://vexilla.example/",
        system_prompt="You are Vexilla.",
        price_input="31.415927",
        price_output="27.182818",
        state=State.PRIVATE_TEST,
        reason="vexilla is looked at",
    )
    providers.set_route(contender=one, provider=provider, model="murexmodel", params={})
    return one


def played(arena: Arena, who: Person, outcome: str = "a") -> str:
    battle = str(who.open()["id"])
    arena.answer(battle)
    Answer.objects.filter(side__battle_id=battle, side__private_test=True).update(input_tokens=TOKENS, output_tokens=TOKENS)
    assert who.vote(battle, outcome).status_code == 200
    return battle


def published() -> bytes:
    """What a watcher's websocket and the board's address send."""
    while projector.project():
        pass
    ratings.publish(board_ids=[Board.objects.get().pk])
    statistics.analyse_due()
    return b"".join(bytes(row.body) for row in Snapshot.objects.all())


def heard(who: Person | Client, path: str) -> bytes:
    reply = who.get(path) if isinstance(who, Person) else who.get(f"/api/v1/{path}")
    return b"\n".join(f"{name}: {value}".encode() for name, value in reply.items()) + reply.content


def found(told: bytes) -> list[str]:
    low = told.lower()
    return [needle for needle in NEEDLES if needle.encode() in low]


@pytest.mark.usefixtures("vexilla")
def test_no_stranger_and_no_voter_of_its_battles_ever_reads_of_it(arena: Arena, ada: Person, ben: Person, stranger: Client) -> None:
    battles = [played(arena, ada, outcome) for outcome in ("a", "b", "tie", "both_bad", "skip")]
    tokens = [ada.post(f"battles/{battle}/share").json()["token"] for battle in battles]
    assert Side.objects.filter(contender=ID, private_test=True).count() == len(battles)
    cache.clear()
    told = [(place, heard(who, place)) for place in PLACES for who in (ada, ben, stranger)]
    told += [(f"battles/{battle}", heard(ada, f"battles/{battle}")) for battle in battles]
    told += [(f"shared/{token}", heard(who, f"shared/{token}")) for token in tokens for who in (ada, ben, stranger)]
    told += [("a second vote", ada.vote(battle, "tie").content) for battle in battles]
    told += [("a turn", ada.post(f"battles/{battle}/turns", {"prompt": "And who are you?"}).content) for battle in battles]
    told += [("a report", ada.post(f"battles/{battles[0]}/reports", {"side": side, "turn": 0, "reason": "other"}).content) for side in "ab"]
    told += [
        ("export", heard(ada, "me/export")),
        ("board", published()),
        ("board", json.dumps(boards.history(Board.objects.get())).encode()),
    ]
    assert [(place, needles) for place, reply in told if (needles := found(reply))] == []
    view = ada.get(f"battles/{battles[0]}").json()
    names = {side["contender"]["name"] for side in view["vote"]["sides"]}
    assert "A contender in private test" in names
    assert view["vote"]["unrated_reason"] == "private_test"


def public_documents(who: Client) -> dict[str, Any]:
    """What the public reads, without what counts battles, time and the log's numbers."""
    published()
    cache.clear()
    documents = {place: who.get(f"/api/v1/{place}").json() for place in PLACES if not place.startswith("me") and "suggestions" not in place}
    documents["board"] = json.loads(bytes(Snapshot.objects.get().body))

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items() if key not in ("seq", "updated_at", "at", "as_of", "citation", "battles")}
        return [plain(one) for one in value] if isinstance(value, list) else value

    return {place: plain(document) for place, document in documents.items()}


def test_every_public_figure_is_what_it_would_be_without_it(arena: Arena, ada: Person, stranger: Client, settings: Any) -> None:
    settings.PRIVATE_TEST_SHARE = 0.0
    for outcome in ("a", "b", "tie"):
        played(arena, ada, outcome)
    before = public_documents(stranger)
    one = contenders.register(slug="vexilla-9", name="Vexilla-9", vendor="Amber Labs", state=State.PRIVATE_TEST)
    providers.set_route(contender=one, provider=arena.contenders["amber"].route.provider, model="short@vexilla", params={})
    settings.PRIVATE_TEST_SHARE = 1.0
    for outcome in ("a", "b", "tie", "both_bad"):
        played(arena, ada, outcome)
    assert public_documents(stranger) == before
    assert Battle.objects.filter(policy__startswith="private-test-1").count() == 4
    assert {contender.slug for contender in ready_contenders()} == {f"{name}-7" for name in arena.contenders}


@pytest.mark.usefixtures("vexilla")
def test_a_public_release_starts_a_fresh_rating_and_discloses_the_test(arena: Arena, ada: Person, stranger: Client) -> None:
    battles = [played(arena, ada, outcome) for outcome in ("a", "b", "skip")]
    open_one = str(ada.open()["id"])
    arena.answer(open_one)
    published()
    assert not Rating.objects.exists()
    contenders.change_state(contender=Contender.objects.get(pk=ID), state=State.PRELIMINARY, reason="it is good")
    assert ada.vote(open_one).json()["vote"]["unrated_reason"] == "private_test", "drawn in private, never rated"
    published()
    row = next(row for row in json.loads(bytes(Snapshot.objects.get().body))["rows"] if row["contender"]["slug"] == "vexilla-9")
    assert (row["votes"], row["mu"], row["preliminary"]) == (0, "25.000000000", True)
    lines = [line for line in stranger.get("/api/v1/boards/overall/history").json()["events"] if line["slug"] == "vexilla-9"]
    assert [line["kind"] for line in lines] == ["added", "private_test", "disclosed", "released"]
    assert (lines[2]["facts"]["battles"], lines[2]["facts"]["votes"]) == (4, 3)
    assert lines[2]["facts"]["since"] == lines[1]["at"]
    sides = ada.get(f"battles/{battles[0]}").json()["vote"]["sides"]
    assert "Vexilla-9" in {side["contender"]["name"] for side in sides}
    out = io.StringIO()
    call_command("rebuild_board", stdout=out)
    assert "no differences" in out.getvalue()


@pytest.mark.usefixtures("vexilla")
def test_a_test_that_ends_without_a_release_is_disclosed_too(arena: Arena, ada: Person, stranger: Client) -> None:
    played(arena, ada)
    contenders.change_state(contender=Contender.objects.get(pk=ID), state=State.RETIRED, reason="not good enough")
    lines = [line for line in stranger.get("/api/v1/boards/overall/history").json()["events"] if line["slug"] == "vexilla-9"]
    assert [(line["kind"], line["facts"].get("battles")) for line in lines[2:]] == [("disclosed", 1), ("retired", None)]


@pytest.mark.usefixtures("vexilla")
def test_a_guess_at_the_name_cannot_be_proved_before_the_release_and_the_vote_can_be_opened_after_it(arena: Arena, ada: Person) -> None:
    battle = played(arena, ada)
    vote = Vote.objects.select_related("salt", "battle__prompt").get(battle_id=battle)
    receipt = ada.get(f"battles/{battle}").json()["vote"]["receipt"]
    assert receipt["salt"] is None
    exported = ada.get("me/export").content.decode()
    assert json.loads(exported)["battles"][0]["vote"]["receipt"]["salt"] is None
    assert bytes(vote.salt.rating).hex() not in exported
    contenders.change_state(contender=Contender.objects.get(pk=ID), state=State.LISTED, reason="out")
    slugs = {contender.pk: contender.slug for contender in Contender.objects.all()}
    opening = rating_opening(vote, [slugs[id] for id in vote.contenders])
    salt = ada.get(f"battles/{battle}").json()["vote"]["receipt"]["salt"]
    assert commitment.commit(bytes.fromhex(salt), opening).hex() == receipt["commit"]
    assert opening["rated"] is False


@pytest.mark.usefixtures("vexilla")
def test_its_voters_are_paid_as_for_any_other_battle(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    points = ada.vote(battle).json()["vote"]["points"]
    assert (points["awarded"] > 0, points["reason"]) == (True, "flat")
    skipped = ada.open()["id"]
    arena.answer(skipped)
    assert ada.vote(skipped, "skip").json()["vote"]["points"]["awarded"] == 0


@pytest.mark.usefixtures("vexilla")
def test_its_speed_and_its_cost_are_not_told_after_the_vote_and_the_others_are(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle, input_tokens=5, output_tokens=7)
    sides = {side["contender"]["slug"]: side for side in ada.vote(battle).json()["vote"]["sides"]}
    hidden = sides.pop("private-test")
    assert (hidden["tokens"], hidden["cost_usd"], hidden["before"], hidden["after"]) == ({"input": None, "output": None}, None, None, None)
    (other,) = sides.values()
    assert (other["tokens"], other["cost_usd"]) == ({"input": 5, "output": 7}, "0.000073")


def test_whether_a_battle_can_be_opened_does_not_depend_on_who_is_hidden(arena: Arena, ada: Person, vexilla: Contender) -> None:
    for name in ("amber", "birch", "cedar"):
        contenders.change_state(contender=arena.contenders[name], state=State.RETIRED, reason="x")
    reply = ada.post("battles", {"prompt": "Why?"})
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/no-contenders")


def test_its_share_of_the_battles_is_the_one_that_is_set(arena: Arena, ada: Person, vexilla: Contender, settings: Any) -> None:
    settings.PRIVATE_TEST_SHARE = 0.0
    ada.open()
    assert not Side.objects.filter(private_test=True).exists()
    settings.PRIVATE_TEST_SHARE = 1.0
    battle = Battle.objects.get(pk=ada.open()["id"])
    assert battle.probability == pytest.approx(1 / 4), "one of four others, and surely this one"
    assert ID not in battle.candidates
    assert battle.policy == "private-test-1;share=1"
    providers.pause(contender=vexilla, reason="it fails")
    ada.open()
    assert Side.objects.filter(private_test=True).count() == 1


def test_a_battle_whose_hidden_side_was_replaced_is_not_rated_either(arena: Arena, ada: Person, vexilla: Contender) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    hidden = Side.objects.get(battle_id=battle, private_test=True)
    taken = Side.objects.filter(battle_id=battle).values("contender")
    other = Contender.objects.exclude(pk__in=taken).exclude(pk=ID).order_by("pk")[0]
    fresh = Side.objects.create(battle_id=battle, position=hidden.position, draw=1, contender=other, probability=0.5)
    was = Answer.objects.get(side=hidden)
    Answer.objects.filter(pk=was.pk).update(status="failed", text="")
    Answer.objects.create(turn=was.turn, side=fresh, attempt=0, status="done", text="Another one answers.")
    vote = ada.vote(battle).json()["vote"]
    assert (vote["rated"], vote["unrated_reason"]) == (False, "private_test")
    assert "private-test" not in {side["contender"]["slug"] for side in vote["sides"]}
    assert found(json.dumps(vote).encode()) == []


def test_a_test_that_ends_while_a_battle_is_drawn_counts_it_or_has_none(arena: Arena, vexilla: Contender) -> None:
    assert contenders.hold_private_test(ID)
    Contender.objects.filter(pk=ID).update(state=State.RETIRED)
    assert not contenders.hold_private_test(ID)
