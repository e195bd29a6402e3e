"""The register of contenders: every change of state leaves its line."""

import pytest
from django.db import Error, connection, transaction

from arena.contenders import actions
from arena.contenders.models import Contender, Event, State
from arena.contenders.queries import describe
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
    for state in (State.RETIRED, State.RETIRED, State.PRIVATE_TEST, State.LISTED):
        actions.change_state(contender=amber, state=state, reason=f"now {state}")
    assert lines(amber)[2:] == [("retired", "now retired"), ("private_test", "now private_test"), ("released", "now listed")]


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
