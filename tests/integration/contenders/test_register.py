"""The register of contenders: every change of state leaves its line."""

import pytest
from django.db import Error, connection, transaction

from arena.contenders import actions
from arena.contenders.models import Contender, Event, State
from arena.contenders.queries import describe, register
from arena.errors import Conflict
from arena.providers.queries import ready_contenders
from tests.cast import Arena


def lines(contender: Contender) -> list[tuple[str, str]]:
    return list(Event.objects.filter(contender=contender).order_by("id").values_list("kind", "reason"))


def test_a_contender_is_added_and_released(db: None) -> None:
    elm = actions.register(slug="elm-7", name="Elm-7", vendor="Elm Labs", reason="asked for")
    assert lines(elm) == [("added", "asked for"), ("released", "asked for")]


def test_a_draft_is_added_only(db: None) -> None:
    assert lines(actions.register(slug="elm-7", name="Elm-7", vendor="Elm Labs", state=State.DRAFT)) == [("added", "")]


def test_every_change_of_state_leaves_its_reason_and_the_same_again_nothing(arena: Arena) -> None:
    amber = arena.contenders["amber"]
    for state in (State.RETIRED, State.RETIRED, State.PRELIMINARY, State.LISTED):
        actions.change_state(contender=amber, state=state, reason=f"now {state}")
    assert lines(amber)[2:] == [("retired", "now retired"), ("released", "now preliminary"), ("listed", "now listed")]


MOVES = {
    "draft": {"private_test", "preliminary", "listed"},
    "private_test": {"preliminary", "listed", "retired"},
    "preliminary": {"listed", "retired"},
    "listed": {"preliminary", "retired"},
    "retired": {"preliminary", "listed"},
}


@pytest.mark.parametrize(("before", "after"), [(one, other) for one in State for other in State if one != other])
def test_what_was_public_is_never_hidden_again_and_every_other_move_is_named(db: None, before: State, after: State) -> None:
    elm = actions.register(slug="elm-7", name="Elm-7", vendor="Elm Labs", state=before)
    if after in MOVES[before]:
        assert actions.change_state(contender=elm, state=after, reason="so").state == after
    else:
        told = len(lines(elm))
        with pytest.raises(Conflict, match="cannot become"):
            actions.change_state(contender=elm, state=after, reason="so")
        elm.refresh_from_db()
        assert (elm.state, len(lines(elm))) == (before, told)


def test_a_private_test_is_disclosed_with_the_move_that_makes_it_public(db: None) -> None:
    elm = actions.add(slug="elm-7", name="Elm-7", vendor="Elm Labs", reason="asked for")
    actions.change_state(contender=elm, state=State.PRIVATE_TEST, reason="a first look")
    assert register() == []
    actions.change_state(contender=elm, state=State.PRELIMINARY, reason="good enough")
    told = register()
    assert [line["kind"] for line in told] == ["added", "private_test", "disclosed", "released"]
    assert told[2]["facts"] == {"since": told[1]["at"], "battles": 0, "votes": 0}
    assert {line["slug"] for line in told} == {"elm-7"}


def test_what_people_saw_is_not_changed_under_their_votes(db: None) -> None:
    elm = actions.add(slug="elm-7", name="Elm-7", vendor="Elm Labs", reason="")
    actions.describe(contender=elm, system_prompt="Be brief.")
    actions.change_state(contender=elm, state=State.LISTED, reason="ready")
    elm.refresh_from_db()
    with pytest.raises(Conflict, match="another contender"):
        actions.describe(contender=elm, system_prompt="Be kind.")
    actions.describe(contender=elm, system_prompt="Be brief.", name="Elm-8")
    assert lines(elm)[-1] == ("renamed", "was Elm-7")


def test_only_the_listed_with_a_way_to_them_are_drawn(arena: Arena) -> None:
    amber, birch = arena.contenders["amber"], arena.contenders["birch"]
    actions.change_state(contender=amber, state=State.RETIRED, reason="x")
    birch.route.enabled = False
    birch.route.save()
    assert {contender.slug for contender in ready_contenders()} == {"cedar-7", "dune-7"}


def test_a_line_of_the_register_cannot_be_changed(arena: Arena) -> None:
    for sql in ("UPDATE contenders_event SET reason = 'other'", "DELETE FROM contenders_event"):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.parametrize(("price", "shown"), [(None, None), ("1.370000", "1.37"), ("10", "10"), ("0", "0"), ("0.000001", "0.000001")])
def test_a_price_is_told_as_a_plain_decimal(price: str | None, shown: str | None, db: None) -> None:
    elm = actions.register(slug="elm-7", name="Elm-7", vendor="Elm Labs", price_input=price)
    elm.refresh_from_db()
    assert describe(elm)["price_input"] == shown
