"""Three and four answers in one battle: put in order by one ballot, which is rated once."""

import json
import warnings
from itertools import permutations
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from arena.battles import projector
from arena.battles.entries import Cast
from arena.battles.models import Answer, Battle, Side, Vote
from arena.battles.statistics import Columns
from arena.ledger.models import Transfer
from arena.prompts.models import Pool, Prompt
from arena.providers.models import Provider, Route
from arena.ratings.comparisons import FIRST, SECOND
from arena.ratings.models import Board, Rating
from tests.cast import Arena, Person
from tests.integration.battles.stage import Stage, at_once, ended, look, statuses, vote_of
from tests.integration.battles.test_blindness import NUMBERS, WORDS, Recording, _cast, _found
from tests.processes import Browser

with warnings.catch_warnings():
    # Of 2018: an escape in its docstring is a warning, and warnings are errors here, when it is compiled at first import.
    warnings.simplefilter("ignore", DeprecationWarning)
    import trueskill

ORDER = {"a": 1, "b": 0, "c": 2, "d": 1}
BALLOT = {"outcome": "ranking", "turn": 0, "attempt": 0, "ranks": ORDER}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"outcome": "a"}, "outcome"),
    ({"outcome": "tie"}, "outcome"),
    ({"outcome": "ranking"}, "ranks.a"),
    ({"outcome": "ranking", "ranks": {}}, "ranks.a"),
    ({"outcome": "ranking", "ranks": {"a": 0, "b": 1, "d": 2}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": {**ORDER, "e": 0}}, "ranks.e"),
    ({"outcome": "ranking", "ranks": {**ORDER, "A": 0}}, "ranks.A"),
    ({"outcome": "ranking", "ranks": {"a": 0, "b": 2, "c": 3, "d": 3}}, "ranks"),
    ({"outcome": "ranking", "ranks": {"a": 1, "b": 1, "c": 2, "d": 3}}, "ranks"),
    ({"outcome": "ranking", "ranks": {**ORDER, "c": 4}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": {**ORDER, "c": 10**30}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": {**ORDER, "c": -1}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": {**ORDER, "c": 0.5}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": {**ORDER, "c": None}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": {**ORDER, "c": True}}, "ranks.c"),
    ({"outcome": "ranking", "ranks": [1, 0, 2, 1]}, "ranks.non_field_errors"),
    ({"outcome": "ranking", "ranks": None}, "ranks"),
    ({"outcome": "both_bad", "ranks": ORDER}, "ranks"),
    ({"outcome": "skip", "ranks": ORDER}, "ranks"),
    ({**BALLOT, "reasons": {"e": ["clear"]}}, "reasons.e"),
]


def ask_for(sides: int) -> str:
    """From now on the starter pool's battles have so many; gives a prompt of it."""
    Pool.objects.update(sides=sides)
    return str(Prompt.objects.get().pk)


def opened(person: Person, sides: int = 4) -> dict[str, Any]:
    reply = person.post("battles", {"prompt_id": ask_for(sides)})
    assert reply.status_code == 201, reply.content
    body: dict[str, Any] = reply.json()
    return body


def answered(arena: Arena, person: Person, sides: int = 4) -> str:
    """A battle that can be voted on."""
    battle: str = opened(person, sides)["id"]
    arena.answer(battle)
    return battle


@pytest.mark.parametrize("sides", [2, 3, 4])
def test_a_battle_has_as_many_sides_as_its_pool_asks_for(sides: int, arena: Arena, ada: Person) -> None:
    battle = opened(ada, sides)
    assert battle["prompt_id"] == str(Prompt.objects.get().pk)
    assert battle["sides"] == list("abcd")[:sides] == [answer["side"] for answer in battle["turns"][0]["answers"]]
    arena.answer(battle["id"])
    can = ada.get(f"battles/{battle['id']}").json()["can"]["vote"]
    assert can == (["a", "b", "tie", "both_bad", "skip"] if sides == 2 else ["ranking", "both_bad", "skip"])
    assert Battle.objects.get().probability == pytest.approx({2: 1 / 6, 3: 1 / 4, 4: 1}[sides])


def test_a_prompt_of_ones_own_is_put_to_two(ada: Person) -> None:
    ask_for(4)
    battle = ada.open()
    assert (battle["sides"], battle["prompt_id"]) == (["a", "b"], None)


def test_a_battle_makes_do_with_the_contenders_that_can_answer(arena: Arena, ada: Person) -> None:
    for ready in (3, 2):
        Route.objects.filter(contender=arena.contenders["dune" if ready == 3 else "cedar"]).update(enabled=False)
        assert len(opened(ada)["sides"]) == ready
    Route.objects.filter(contender=arena.contenders["birch"]).update(enabled=False)
    refused = ada.post("battles", {"prompt_id": ask_for(4)})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/no-contenders")


@pytest.mark.parametrize("sides", [1, 5])
def test_the_database_refuses_a_pool_of_other_numbers_of_sides(sides: int, arena: Arena) -> None:
    with transaction.atomic(), pytest.raises(IntegrityError):
        ask_for(sides)


def test_a_ranking_is_kept_paid_once_and_shown_with_every_name(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    reply = ada.post(f"battles/{battle}/vote", BALLOT)
    assert reply.status_code == 200, reply.content
    vote = reply.json()["vote"]
    assert [(side["side"], side["rank"]) for side in vote["sides"]] == list(ORDER.items())
    assert {side["contender"]["slug"] for side in vote["sides"]} == {"amber-7", "birch-7", "cedar-7", "dune-7"}
    assert (vote["outcome"], vote["rated"], vote["points"]["awarded"]) == ("ranking", True, 10)
    row = Vote.objects.get()
    assert row.ranks == [1, 0, 2, 1]
    assert row.contenders == [side.contender_id for side in Side.objects.order_by("position")]
    [line] = ada.get("me/battles").json()["results"]
    assert [(side["side"], side["rank"]) for side in line["sides"]] == list(ORDER.items())
    shared = ada.get(f"shared/{ada.post(f'battles/{battle}/share').json()['token']}").json()
    assert {side["side"]: side["rank"] for side in shared["sides"]} == ORDER
    exported = json.dumps(ada.get("me/export").json())
    assert '"ranks": [1, 0, 2, 1]' in exported


def test_before_the_vote_the_history_names_nobody_and_gives_no_rank(ada: Person) -> None:
    opened(ada)
    [line] = ada.get("me/battles").json()["results"]
    assert line["sides"] == [{"side": side, "contender": None, "rank": None} for side in "abcd"]


@pytest.mark.parametrize(("ballot", "field"), REFUSED)
def test_what_is_no_ranking_of_all_sides_is_refused_and_named(ballot: dict[str, Any], field: str, arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    reply = ada.post(f"battles/{battle}/vote", {"turn": 0, "attempt": 0, **ballot})
    assert (reply.status_code, reply.json()["type"]) == (400, "/problems/invalid-input"), reply.content
    assert [error["field"] for error in reply.json()["errors"]] == [field]
    assert not Vote.objects.exists()


def test_a_side_that_is_ranked_twice_is_refused(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    raw = b'{"outcome": "ranking", "turn": 0, "attempt": 0, "ranks": {"a": 0, "b": 1, "c": 2, "d": 3, "a": 3}}'
    reply = ada.post(f"battles/{battle}/vote", raw=raw)
    assert (reply.status_code, reply.json()["type"]) == (400, "/problems/malformed-json")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"outcome": "ranking", "ranks": {"a": 0, "b": 1}}, "outcome"),
        ({"outcome": "a", "ranks": {"a": 0, "b": 1}}, "ranks"),
        ({"outcome": "a", "reasons": {"c": ["clear"]}}, "reasons.c"),
        ({"outcome": "a", "measures": {"seen": {"d": 7}}}, "measures.seen.d"),
        ({"outcome": "a", "measures": {"scroll": {"c": 0.5}}}, "measures.scroll.c"),
    ],
)
def test_a_battle_of_two_takes_no_ranking_and_no_third_side(more: dict[str, Any], field: str, arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada, 2)
    reply = ada.post(f"battles/{battle}/vote", {"turn": 0, "attempt": 0, **more})
    assert (reply.status_code, [error["field"] for error in reply.json()["errors"]]) == (400, [field])


@pytest.mark.parametrize(("outcome", "ranks"), [("both_bad", [0, 0, 0, 0]), ("skip", [])])
def test_all_bad_and_a_skip_need_no_ranks(outcome: str, ranks: list[int], arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    vote = ada.vote(battle, outcome).json()["vote"]
    assert (Vote.objects.get().ranks, vote["points"]["awarded"]) == (ranks, 10 if ranks else 0)
    assert [side["rank"] for side in vote["sides"]] == [ranks[0] if ranks else None] * 4


def test_the_same_ranking_again_gives_the_same_reply_and_another_is_refused(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    first, again = (ada.post(f"battles/{battle}/vote", BALLOT) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    others: list[dict[str, Any]] = [{**BALLOT, "ranks": {**ORDER, "a": 0}}, {"outcome": "both_bad", "turn": 0, "attempt": 0}]
    for other in others:
        refused = ada.post(f"battles/{battle}/vote", other)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-voted")
    assert Transfer.objects.filter(kind="award").count() == 1


def test_all_level_is_a_tie_and_not_the_same_as_all_bad(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    assert ada.vote(battle, "ranking", ranks=dict.fromkeys("abcd", 0)).status_code == 200
    assert ada.vote(battle, "both_bad").status_code == 409
    projector.project()
    assert [(row.ties, row.both_bad) for row in Rating.objects.all()] == [(1, 0)] * 4


def test_an_answer_of_the_third_side_that_names_itself_leaves_the_ballot_unrated(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    own = Side.objects.get(position=2).contender
    Answer.objects.filter(side__position=2).update(text=f"I am {own.name}, made by {own.vendor}.")
    vote = ada.post(f"battles/{battle}/vote", BALLOT).json()["vote"]
    assert (vote["rated"], vote["unrated_reason"], vote["points"]["awarded"]) == (False, "names_itself", 0)
    assert [side["names_itself"] for side in vote["sides"]] == [False, False, True, False]
    projector.project()
    assert not Rating.objects.exists()


def test_one_side_without_words_keeps_all_from_being_ranked(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    Answer.objects.filter(side__position=3).update(text="")
    assert ada.get(f"battles/{battle}").json()["can"]["vote"] == ["skip"]
    assert ada.post(f"battles/{battle}/vote", BALLOT).json()["type"] == "/problems/nothing-to-judge"


def test_one_side_is_stopped_and_reported_by_its_letter_and_all_are_asked_again(arena: Arena, ada: Person) -> None:
    battle = opened(ada)["id"]
    stopped = ada.post(f"battles/{battle}/stop", {"side": "d"}).json()
    assert statuses(stopped) == {"a": "pending", "b": "pending", "c": "pending", "d": "stopped"}
    Answer.objects.update(status="done", text="Some words.")
    Answer.objects.filter(side__position=3).update(status="stopped")
    assert ada.post(f"battles/{battle}/reports", {"side": "c", "turn": 0, "reason": "other"}).status_code == 201
    again = ada.post(f"battles/{battle}/attempts").json()
    assert statuses(again) == dict.fromkeys("abcd", "pending")
    arena.answer(battle)
    assert ada.post(f"battles/{battle}/vote", {**BALLOT, "attempt": 1}).status_code == 200
    assert ada.post(f"battles/{battle}/reports", {"side": "e", "turn": 0, "reason": "other"}).status_code == 400


def test_reasons_and_measures_are_kept_by_side(arena: Arena, ada: Person) -> None:
    battle = answered(arena, ada)
    said = {"reasons": {"a": ["clear"], "d": ["wrong"]}, "measures": {"seen": {"c": 12}, "scroll": {"d": 1.0}}}
    assert ada.post(f"battles/{battle}/vote", {**BALLOT, **said}).status_code == 200
    context = Vote.objects.get().context
    assert {"reasons": context.reasons, "measures": context.measures} == said


def test_a_ballot_of_four_is_voted_on_with_no_more_statements_than_one_of_two(arena: Arena, ada: Person) -> None:
    def statements(sides: int, body: dict[str, Any]) -> int:
        battle = answered(arena, ada, sides)
        with CaptureQueriesContext(connection) as seen:
            assert ada.post(f"battles/{battle}/vote", body).status_code == 200
        return len(seen)

    two = {"outcome": "a", "turn": 0, "attempt": 0}
    statements(2, two)  # makes accounts
    assert statements(4, BALLOT) == statements(2, two)


@pytest.mark.parametrize("ranks", [(0, 1, 2, 3), (1, 0, 2, 1), (0, 0, 1, 1), (0, 0, 0, 0)])
def test_ratings_move_once_a_ballot_and_as_the_trueskill_package_says(ranks: tuple[int, ...], arena: Arena, ada: Person) -> None:
    battles = [answered(arena, ada) for _ in range(3)]
    expected: dict[int, trueskill.Rating] = {}
    for battle in battles:
        assert ada.post(f"battles/{battle}/vote", {**BALLOT, "ranks": dict(zip("abcd", ranks, strict=True))}).status_code == 200
        projector.project()
        parameters = Board.objects.get().parameter_changes.get()
        package = trueskill.TrueSkill(
            parameters.mu0, parameters.sigma0, parameters.beta, parameters.tau, parameters.draw_probability, backend="scipy"
        )
        # The package chains those on a level as they come, the arena by their ids: where they stood on the page must not matter.
        sides, placed = zip(*sorted(zip(Vote.objects.get(battle_id=battle).contenders, ranks, strict=True)), strict=True)
        before = [(expected.get(side) or package.create_rating(),) for side in sides]
        rated = package.rate(before, placed, min_delta=1e-12)
        expected.update({side: after for side, (after,) in zip(sides, rated, strict=True)})
    assert {row.contender_id: row.votes for row in Rating.objects.all()} == dict.fromkeys(expected, 3)
    for row in Rating.objects.all():
        after = expected[row.contender_id]
        assert (row.mu, row.sigma) == pytest.approx((after.mu, after.sigma), abs=1e-6)
    assert Board.objects.get().votes == 3


def test_a_board_of_twos_threes_and_fours_is_rebuilt_without_a_difference(arena: Arena, ada: Person) -> None:
    orders = list(permutations(range(4)))
    for number in range(24):
        sides = 2 + number % 3
        battle = answered(arena, ada, sides)
        ranks = {side: rank % 3 if number % 2 else rank for side, rank in zip("abcd", orders[number], strict=True)}
        dense = {side: sorted(set(list(ranks.values())[:sides])).index(ranks[side]) for side in "abcd"[:sides]}
        body = {"outcome": "ranking", "ranks": dense} if sides > 2 else {"outcome": "ab"[number % 4 == 0]}
        reply = ada.post(f"battles/{battle}/vote", {"turn": 0, "attempt": 0, **body})
        assert reply.status_code == 200, reply.content
        if number % 5 == 0:
            projector.project()
    projector.project()
    board = Board.objects.get()
    assert board.votes == 24
    assert projector.rebuild(board.pk).differences == []
    call_command("audit_board", sample=1.0)


@pytest.mark.parametrize("level", [(0, 1, 2, 3), (0, 0, 1, 2), (0, 1, 1, 2), (0, 1, 1, 1)])
def test_if_every_order_comes_as_often_the_side_shown_first_wins_half_the_statistics(level: tuple[int, ...]) -> None:
    columns = Columns()
    for ranks in permutations(level):
        for contenders in permutations((11, 12, 13, 14)):
            columns.add(Cast(list(contenders), list(ranks), False, 1, 1, None))
    assert columns.outcome.count(FIRST) == columns.outcome.count(SECOND) > 0


def test_four_answers_stream_at_once_and_of_many_ballots_at_once_one_wins(stage: Stage) -> None:
    browser, elsewhere = stage.browser(), None
    battle = _opened_over_the_wire(browser)
    elsewhere = stage.browser(stage.right, of=browser)
    story = browser.read_all(battle["stream"]["url"])
    assert story.ended
    assert story.status == dict.fromkeys("abcd", "done")
    view = look(browser, battle)
    for answer in view["turns"][0]["answers"]:
        assert answer["parts"][-1]["text"] == story.text[answer["side"]]
    orders = list(permutations(range(4)))[:8]
    ballots = [{**BALLOT, "ranks": dict(zip("abcd", ranks, strict=True))} for ranks in orders]
    replies = at_once(
        lambda number: (browser, elsewhere)[number % 2].send_json(f"battles/{battle['id']}/vote", ballots[number // 2]), range(16)
    )
    assert sorted(reply.status_code for reply in replies) == [200] * 2 + [409] * 14
    won = {reply.text for reply in replies if reply.status_code == 200}
    assert len(won) == 1
    assert tuple(vote_of(battle).ranks) in orders
    assert Transfer.objects.count() == 1


def test_a_reader_of_four_who_comes_back_elsewhere_gets_exactly_the_rest(stage: Stage) -> None:
    browser = stage.browser()
    battle = _opened_over_the_wire(browser)
    whole = browser.read_all(battle["stream"]["url"])
    elsewhere = stage.browser(stage.right, of=browser)
    rest = elsewhere.read_all(battle["stream"]["url"], "0.3.0.0.0.5.0.1.0")
    assert {side: rest.text.get(side, "") for side in "abcd"} == {
        "a": whole.text["a"][3:],
        "b": whole.text["b"],
        "c": whole.text["c"][5:],
        "d": whole.text["d"][1:],
    }
    assert elsewhere.get(battle["stream"]["url"], headers={"Last-Event-ID": "0.3.0.0.0"}).status_code == 400


def test_of_four_sides_one_that_fails_before_its_first_word_is_drawn_again(stage: Stage) -> None:
    fifth = stage.arena.enter("elm", Provider.objects.get(slug="stage"))
    browser = stage.browser()
    battle = _opened_over_the_wire(browser)
    failed = stage.recast(battle, "d", "refused")
    assert browser.read_all(battle["stream"]["url"]).ended
    drawn = Side.objects.get(battle_id=battle["id"], draw=1)
    assert (drawn.position, drawn.probability) == (3, 1.0)
    held = Side.objects.filter(battle_id=battle["id"], draw=0).values_list("contender_id", flat=True)
    assert {*held, drawn.contender_id} == {fifth.pk, *(one.pk for one in stage.arena.contenders.values())}
    assert statuses(ended(browser, battle)) == dict.fromkeys("abcd", "done")
    sides = browser.send_json(f"battles/{battle['id']}/vote", BALLOT).json()["vote"]["sides"]
    assert [sides[3]["contender"]["slug"], failed.contender.slug != sides[3]["contender"]["slug"]] == [drawn.contender.slug, True]


def test_P6_nothing_sent_before_a_ballot_of_four_names_a_contender(stage: Stage) -> None:
    _cast(stage)
    Pool.objects.update(sides=4)
    browser = Recording(base_url=stage.left.url, timeout=30.0)
    stage.live.browsers.append(browser)
    browser.consent()
    needles = [*WORDS, *NUMBERS, f"127.0.0.1:{stage.server.port}"]
    battles = [_opened_over_the_wire(browser) for _ in range(8)]
    for battle in battles:
        browser.send_json(f"battles/{battle['id']}/vote", BALLOT)
        browser.read_all(battle["stream"]["url"])
        browser.send_json(f"battles/{battle['id']}/vote", {**BALLOT, "ranks": {"a": 0}})
        browser.cast(battle["id"], "a")
        look(browser, battle)
    browser.get("/api/v1/me/battles")
    assert [(place, found) for place, piece in browser.heard if (found := _found(piece, needles))] == []
    browser.heard = []
    judged = [look(browser, battle) for battle in battles]
    for view in judged:
        body = BALLOT if "ranking" in view["can"]["vote"] else {**BALLOT, "outcome": "skip", "ranks": {}}
        body = {key: value for key, value in body.items() if value != {}}
        assert browser.send_json(f"battles/{view['id']}/vote", body).status_code == 200
    told = [piece for place, piece in browser.heard if place.endswith("/vote 200")]
    assert len(told) == 8
    for piece in told:
        assert {"zyxquor", "qwibble", "snarkware"} <= set(_found(piece, needles))


def _opened_over_the_wire(browser: Browser) -> dict[str, Any]:
    reply = browser.send_json("battles", {"prompt_id": ask_for(4)})
    assert reply.status_code == 201, reply.text
    body: dict[str, Any] = reply.json()
    assert body["sides"] == list("abcd")
    return body
