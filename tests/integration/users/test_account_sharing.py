"""Links to a battle, and reports of an answer."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.battles import actions
from arena.battles.models import Answer, Report, Share
from arena.contenders.models import Contender
from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import Account, guest, member, second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def voted(person: Account) -> str:
    battle = str(person.open("Why is the sky blue?")["id"])
    Arena.answer(battle)
    assert person.vote(battle, comment="mine alone").status_code == 200
    return battle


def shared(person: Account, battle: str, **body: Any) -> dict[str, Any]:
    reply = person.post(f"battles/{battle}/share", body)
    assert reply.status_code == 200, reply.content
    found: dict[str, Any] = reply.json()
    return found


# Links


def test_a_link_shows_prompt_answers_names_and_judgement_to_anybody() -> None:
    ada = guest()
    battle = voted(ada)
    link = shared(ada, battle)
    assert link == {"token": link["token"], "url": f"/s/{link['token']}", "index": False}
    assert ada.get(f"battles/{battle}").json()["share"] == link
    reply = Client().get(f"/api/v1/shared/{link['token']}")
    told = reply.json()
    assert told["outcome"] == "a"
    assert told["turns"][0]["prompt"] == [{"type": "text", "text": "Why is the sky blue?"}]
    assert [answer["parts"][0]["text"] for answer in told["turns"][0]["answers"]] == ["One fine answer.", "Another fine answer."]
    assert all(side["contender"]["name"].endswith("-7") for side in told["sides"])
    assert set(told) == {"date", "index", "names_wait", "outcome", "turn", "turns", "sides"}


def test_a_link_says_nothing_of_the_person() -> None:
    ada = member()
    battle = voted(ada)
    reply = Client().get(f"/api/v1/shared/{shared(ada, battle)['token']}").content.decode()
    assert not [word for word in (ada.id, battle, "ada@", "mine alone", "points", "award", "voter") if word in reply]


def test_before_the_vote_there_is_no_link() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    assert ada.post(f"battles/{battle}/share").status_code == 409
    assert not Share.objects.exists()


def test_a_battle_has_one_link_until_it_is_taken_back_for_good() -> None:
    ada = guest()
    battle = voted(ada)
    first = shared(ada, battle)["token"]
    assert shared(ada, battle)["token"] == first
    assert [ada.delete(f"battles/{battle}/share").status_code for _ in range(2)] == [204, 204]
    assert Client().get(f"/api/v1/shared/{first}").status_code == 404
    second = shared(ada, battle)["token"]
    assert second != first
    assert Client().get(f"/api/v1/shared/{first}").status_code == 404
    assert Client().get("/api/v1/shared/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/shared/{}", "/s/{}"])
def test_search_engines_are_kept_out_unless_wished(path: str) -> None:
    ada = guest()
    battle = voted(ada)
    token = shared(ada, battle)["token"]
    assert Client().get(path.format(token))["X-Robots-Tag"] == "noindex"
    shared(ada, battle, index=True)
    assert "X-Robots-Tag" not in Client().get(path.format(token))
    assert Client().get("/s/nothing")["X-Robots-Tag"] == "noindex"


def meta(token: str) -> dict[str, str]:
    """What the page of a link says to whoever shows a preview of it, as they read it."""
    found: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = dict(attrs)
            if tag == "meta":
                found[told["property"] or ""] = told["content"] or ""
            else:
                assert tag in {"html", "head", "body", "title"}

    Reader().feed(Client().get(f"/s/{token}").content.decode())
    return found


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><head><title>Evenhand</title></head><body></body></html>")
    settings.FRONTEND_BUILD = tmp_path


@pytest.mark.usefixtures("built")
def test_the_preview_of_a_link_names_who_answered_and_tells_nothing_that_was_written() -> None:
    ada = guest()
    token = shared(ada, voted(ada))["token"]
    told = meta(token)
    assert set(told) == {"og:type", "og:site_name", "og:title", "og:description"}
    names = Contender.objects.filter(sides__battle__share__token=token).values_list("name", flat=True)
    assert len(names) == 2
    assert all(name in told["og:title"] for name in names)
    page = Client().get(f"/s/{token}").content.decode()
    assert not [word for word in ("sky", "fine answer", "mine alone", "voter") if word in page]


@pytest.mark.usefixtures("built")
def test_a_preview_reads_no_words_of_the_battle() -> None:
    ada = guest()
    token = shared(ada, voted(ada))["token"]
    with CaptureQueriesContext(connection) as asked:
        Client().get(f"/s/{token}")
    assert not [one for one in asked if '"text"' in one["sql"] or '"content"' in one["sql"]]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("token", ["%00", "%ed%a0%80", "%2e%2e"])
def test_what_cannot_be_a_link_leads_nowhere(token: str) -> None:
    assert Client().get(f"/s/{token}").content == Client().get("/leaderboard").content
    assert Client().get(f"/api/v1/shared/{token}").status_code == 404


@pytest.mark.usefixtures("built")
def test_a_name_cannot_break_out_of_the_preview() -> None:
    ada = guest()
    token = shared(ada, voted(ada))["token"]
    wild = '"><script>alert(1)</script></head>&amp;'
    tame = Contender.objects.filter(sides__battle__share__token=token)[0]
    Contender.objects.filter(pk=tame.pk).update(name=wild)
    assert wild in meta(token)["og:title"]
    assert Client().get(f"/s/{token}").content.count(b"</head>") == 1


@pytest.mark.usefixtures("built")
def test_a_dead_link_has_the_plain_page_and_no_preview() -> None:
    ada = guest()
    battle = voted(ada)
    token = shared(ada, battle, index=True)["token"]
    ada.delete(f"battles/{battle}/share")
    for dead in (token, "nothing"):
        reply = Client().get(f"/s/{dead}")
        assert (meta(dead), reply["X-Robots-Tag"]) == ({}, "noindex")
        assert reply.content == Client().get("/leaderboard").content


def test_a_link_dies_with_the_conversation() -> None:
    ada = guest()
    battle = voted(ada)
    token = shared(ada, battle)["token"]
    ada.delete(f"battles/{battle}")
    assert Client().get(f"/api/v1/shared/{token}").status_code == 404


# Reports


def report(person: Account, battle: str, **more: Any) -> Any:
    return person.post(f"battles/{battle}/reports", {"side": "b", "turn": 0, "reason": "dangerous", "comment": "Tells how to.", **more})


def test_a_report_waits_in_the_queue() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    reply = report(ada, battle)
    assert reply.status_code == 201
    assert reply.json() | {"at": ""} == {"side": "b", "turn": 0, "reason": "dangerous", "at": ""}
    row = Report.objects.get()
    assert (row.state, row.comment, row.answer.side.letter) == ("open", "Tells how to.", "b")


def test_reporting_does_not_name_anybody_before_the_vote() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    told = report(ada, battle).content.decode().lower()
    assert not [name for name in ("amber", "birch", "cedar", "dune") if name in told]


def test_an_answer_is_reported_once_by_a_person() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    assert [report(ada, battle).status_code for _ in range(2)] == [201, 201]
    assert report(ada, battle, reason="hateful").status_code == 409
    assert report(ada, battle, side="a").status_code == 201
    assert Report.objects.count() == 2


@pytest.mark.parametrize(("wrong", "status"), [({"reason": "boring"}, 400), ({"side": "c"}, 400), ({"turn": 3}, 404), ({"turn": -1}, 400)])
def test_a_report_must_be_of_something(wrong: dict[str, Any], status: int) -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle)
    assert report(ada, battle, **wrong).status_code == status
    assert not Report.objects.exists()


def test_an_answer_that_says_nothing_yet_cannot_be_reported() -> None:
    ada = guest()
    assert report(ada, ada.open()["id"]).status_code == 409


def test_a_stranger_cannot_report() -> None:
    battle = voted(guest())
    assert report(guest(), battle).status_code == 404


def test_of_several_attempts_the_latest_is_reported() -> None:
    ada = guest()
    battle = ada.open()["id"]
    Arena.answer(battle, status="stopped")
    assert ada.post(f"battles/{battle}/attempts").status_code == 201
    Arena.answer(battle)
    report(ada, battle)
    assert Report.objects.get().answer.attempt == 1


def test_staff_see_the_queue_and_close_what_is_done(django_user_model: Any) -> None:
    ada = guest()
    battle = voted(ada)
    report(ada, battle)
    boss = django_user_model.objects.create_superuser("boss", "boss@example.org", "a long enough passphrase")
    second_factor("boss@example.org")
    client = Client()
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/battles/report/").content.decode()
    assert "Tells how to." in page
    one = client.get(f"/admin/battles/report/{Report.objects.get().pk}/change/").content.decode()
    assert "Another fine answer." in one
    client.post("/admin/battles/report/", {"action": "close", "_selected_action": [Report.objects.get().pk]})
    row = Report.objects.get()
    assert (row.state, row.closed_by) == ("closed", boss)
    assert actions.close_reports(reports=[row.pk], by=boss) == 0
    assert Report in site._registry


def test_the_words_of_a_report_go_with_the_person() -> None:
    ada = guest()
    battle = voted(ada)
    report(ada, battle)
    ada.delete("me")
    row = Report.objects.get()
    assert (row.comment, row.answer.text, row.reason) == ("", "", "dangerous")
    assert not User.objects.get(pk=row.person_id).is_active
    assert Answer.objects.count() == 2
