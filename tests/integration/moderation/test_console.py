"""Operators change the rules, try them, see what was found, and decide about reported answers; each with its own permission."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.utils import IntegrityError
from django.test import Client

from arena.battles import actions, queries
from arena.battles.models import Answer, Report
from arena.moderation.models import Flag, RuleSet
from tests.cast import Arena, Person
from tests.integration.battles.pools import answered, open_on, prompt_of
from tests.integration.console.staff import permitted
from tests.integration.moderation.test_answers import consenting, voted
from tests.integration.moderation.test_prompts import WICKED, away, outside, saying

__all__ = ["outside"]
EVERYTHING = ("view_ruleset", "add_ruleset", "view_flag", "view_report", "change_report")
NEEDED = {
    "GET operator/moderation": "view_ruleset",
    "POST operator/moderation/rules": "add_ruleset",
    "POST operator/moderation/try": "view_ruleset",
    "GET operator/moderation/findings": "view_flag",
    "GET operator/moderation/reports": "view_report",
    "POST operator/moderation/reports/1/decision": "change_report",
}


class Operator:
    """Somebody of the staff at the API, with a second factor."""

    def __init__(self, *permissions: str, second_factor: bool = True):
        self.user = permitted("olga", *permissions, factor=second_factor)
        self.client = Client()
        self.client.force_login(self.user)

    def get(self, path: str = "operator/moderation") -> Any:
        return self.client.get(path if path.startswith("/") else f"/api/v1/{path}")

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers)

    def change(self, key: str | None = None, **changed: Any) -> Any:
        """Send the rules as they are but for what is changed: a category's fields, or one of the others."""
        seen = self.get().json()
        fields = ("prompt", "answer", "words")
        categories = {row["name"]: {name: row[name] for name in fields} for row in seen["categories"]}
        for name in set(changed) & set(categories):
            categories[name] |= changed.pop(name)
        rest = {name: seen[name] for name in ("remote", "timeout_ms", "on_failure")}
        body = {"based_on": seen["version"], "categories": categories, "reason": "A try", **rest, **changed}
        return self.post("operator/moderation/rules", body, key=key)


@pytest.fixture
def olga(arena: Arena) -> Operator:
    return Operator(*EVERYTHING)


def reported(arena: Arena, *people: Person, a: str = "A vile answer", reason: str = "hateful") -> list[Report]:
    """The first person's battle, whose side a they and the others' own report."""
    for person in people:
        battle = voted(arena, person, a=a)
        assert person.post(f"battles/{battle}/reports", {"side": "a", "turn": 0, "reason": reason, "comment": "See"}).status_code == 201
    return list(Report.objects.order_by("id"))


@pytest.mark.parametrize(("address", "permission"), NEEDED.items())
def test_each_address_needs_its_own_permission_and_a_second_factor(address: str, permission: str, arena: Arena) -> None:
    method, path = address.split()
    others = Operator(*(set(EVERYTHING) - {permission}))
    assert (others.get(path) if method == "GET" else others.post(path)).status_code == 403
    others.user.user_permissions.set(Permission.objects.filter(codename__in=EVERYTHING))
    assert (others.get(path) if method == "GET" else others.post(path)).status_code != 403
    Authenticator.objects.all().delete()
    assert (others.get(path) if method == "GET" else others.post(path)).status_code == 403


def test_the_rules_of_the_build_hold_until_somebody_changes_them(olga: Operator) -> None:
    seen = olga.get().json()
    assert (seen["version"], seen["changed_by"], seen["remote"], seen["remote_set"]) == (0, None, False, False)
    assert {row["name"]: row["prompt"] for row in seen["categories"]}["sexual_minors"] == "block"
    assert seen["can"] == {"change": True, "findings": True, "reports": True, "decide": True}


def test_a_change_is_a_new_version_that_holds_at_once(olga: Operator, ada: Person) -> None:
    reply = olga.change(crime={"prompt": "block", "words": ["Projekt Nachtigall", "Projekt Nachtigall"]})
    assert reply.status_code == 201, reply.content
    seen = reply.json()
    assert (seen["version"], seen["reason"]) == (1, "A try")
    assert next(row for row in seen["categories"] if row["name"] == "crime")["words"] == ["Projekt Nachtigall"]
    assert ada.post("battles", {"prompt": "Was ist Projekt Nachtigall?"}).status_code == 422
    assert RuleSet.objects.get().by == olga.user


def test_the_same_change_with_the_same_key_is_made_once(olga: Operator) -> None:
    seen = olga.get().json()
    categories = {row["name"]: {"prompt": "log", "answer": "log"} for row in seen["categories"]}
    body = {"based_on": 0, "categories": categories, "remote": False, "timeout_ms": 500, "on_failure": "open", "reason": "Once"}
    replies = [olga.post("operator/moderation/rules", body, key="a-key-of-mine") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert RuleSet.objects.count() == 1


def test_a_change_on_top_of_what_is_not_the_newest_is_refused(olga: Operator) -> None:
    assert olga.change().status_code == 201
    reply = olga.change(based_on=0)
    assert (reply.status_code, reply.json()["type"]) == (409, "/problems/conflict")
    assert "Load them again" in reply.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"crime": {"prompt": "sometimes"}},
        {"crime": {"words": ["   "]}},
        {"crime": {"words": ["!!"]}},
        {"crime": {"words": ["x" * 81]}},
        {"crime": {"words": ["word"] * 501}},
        {"crime": {"colour": "red"}},
        {"timeout_ms": 99},
        {"timeout_ms": 60_000},
        {"on_failure": "perhaps"},
        {"reason": ""},
        {"categories": {}},
        {"categories": {"weather": {"prompt": "log", "answer": "log"}}},
        {"based_on": -1},
        {"colour": "red"},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, Any], olga: Operator) -> None:
    assert olga.change(**wrong).status_code == 400
    assert not RuleSet.objects.exists()


def test_no_version_is_ever_changed(olga: Operator) -> None:
    olga.change()
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE moderation_ruleset SET reason = 'Another'")


def test_the_box_says_what_would_be_done_and_stores_nothing(olga: Operator) -> None:
    told = olga.post("operator/moderation/try", {"text": f"{WICKED} Write to ada@corp.org", "target": "prompt"}).json()
    assert told["action"] == "block"
    assert {row["category"] for row in told["found"]} >= {"sexual_minors", "personal_data"}
    assert told["personal"] == [{"kind": "email", "text": "ada@corp.org"}]
    assert not Flag.objects.exists()


def test_the_box_asks_the_checker_outside_too(outside: Any, olga: Operator) -> None:
    olga.change(remote=True)
    with outside(saying("violence")):
        told = olga.post("operator/moderation/try", {"text": "Words", "target": "answer"}).json()
    assert [(row["category"], row["checker"]) for row in told["found"]] == [("violence", "remote")]
    with outside(away):
        told = olga.post("operator/moderation/try", {"text": "Words", "target": "answer"}).json()
    assert (told["found"], told["failure"]) == ([], "no connection to the provider")


def test_counts_and_findings_tell_what_happened(olga: Operator, ada: Person) -> None:
    ada.post("battles", {"prompt": WICKED})
    ada.open("I want to die")
    counts = {(row["kind"], row["category"], row["action"]): row["week"] for row in olga.get().json()["counts"]}
    assert counts[("prompt", "sexual_minors", "block")] == counts[("prompt", "self_harm", "warn")] == 1
    rows = olga.get("operator/moderation/findings").json()["results"]
    assert (rows[0]["category"], rows[0]["text"]) == ("self_harm", "I want to die")
    assert {row["text"] for row in rows if row["action"] == "block"} == {None}


def test_findings_come_in_pages(olga: Operator, ada: Person) -> None:
    for number in range(35):
        Flag.objects.create(kind="prompt", category="crime", action="log", rule=str(number), checker="x", rules=0)
    first = olga.get("operator/moderation/findings").json()
    second = olga.get(first["next"]).json()
    assert [len(page["results"]) for page in (first, second)] == [30, 5]
    assert second["next"] is None


def test_the_queue_shows_the_oldest_open_report_first_with_what_a_decision_needs(
    olga: Operator, arena: Arena, ada: Person, ben: Person
) -> None:
    first, second = reported(arena, ada, ben)
    rows = olga.get("operator/moderation/reports").json()["results"]
    assert [row["id"] for row in rows] == [first.pk, second.pk]
    told = rows[0]
    assert (told["prompt"], told["text"], told["comment"], told["side"], told["others"]) == (
        "Why is the sky blue?",
        "A vile answer",
        "See",
        "a",
        0,
    )
    assert told["contender"] == first.answer.side.contender.name
    assert olga.get().json()["open_reports"] == 2


def test_a_dismissed_report_leaves_the_answer_and_is_recorded(olga: Operator, arena: Arena, ada: Person) -> None:
    (report,) = reported(arena, ada)
    told = olga.post(f"operator/moderation/reports/{report.pk}/decision", {"decision": "dismissed", "note": "A quotation"}).json()
    assert (told["state"], told["decision"], told["note"], told["closed_by"]) == (
        "closed",
        "dismissed",
        "A quotation",
        olga.user.display_name,
    )
    assert Answer.objects.get(pk=report.answer_id).text == "A vile answer"
    assert olga.get("operator/moderation/reports").json()["results"] == []
    assert [row["id"] for row in olga.get("operator/moderation/reports?state=closed").json()["results"]] == [report.pk]


def test_a_withheld_answer_is_gone_for_its_voter_and_behind_its_link_but_not_for_operators(
    olga: Operator, arena: Arena, ada: Person
) -> None:
    (report,) = reported(arena, ada)
    battle = str(report.answer.turn.battle_id)
    token = ada.post(f"battles/{battle}/share").json()["token"]
    told = olga.post(f"operator/moderation/reports/{report.pk}/decision", {"decision": "withheld"}).json()
    assert (told["text"], told["withheld"]) == ("A vile answer", True)
    for seen in (ada.get(f"battles/{battle}"), ada.get(f"shared/{token}"), ada.get("me/export")):
        assert seen.status_code == 200
        assert "A vile answer" not in seen.content.decode()
    assert ada.get(f"battles/{battle}").json()["vote"]["outcome"] == "a"


def test_a_withheld_answer_is_gone_in_every_battle_that_shows_it_again(olga: Operator, arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=3)
    battle = answered(ada, prompt)
    copy = open_on(ben, prompt)
    vile = Answer.objects.get(turn__battle=battle["id"], side__position=0)
    words = vile.text
    assert words in json.dumps(copy)
    complaint = {"side": "a", "turn": 0, "reason": "hateful", "comment": ""}
    assert ada.post(f"battles/{battle['id']}/reports", complaint).status_code == 201
    assert olga.post(f"operator/moderation/reports/{Report.objects.get().pk}/decision", {"decision": "withheld"}).status_code == 200
    seen = json.dumps(ben.get(f"battles/{copy['id']}").json())
    assert words not in seen
    assert "fine answer" in seen  # of the other side


def test_what_is_rightly_complained_about_is_published_from_no_battle_that_shows_it(olga: Operator, arena: Arena) -> None:
    ada, ben = consenting(arena), arena.person("ben")
    assert ben.consent(publish=True).status_code == 200
    prompt = prompt_of(voters=3)
    battle = answered(ada, prompt)
    copy = open_on(ben, prompt)
    assert {ada.vote(battle["id"]).status_code, ben.vote(copy["id"]).status_code} == {200}
    actions.scan_texts()
    assert queries.publishable().count() == 2
    complaint = {"side": "a", "turn": 0, "reason": "hateful", "comment": ""}
    assert ada.post(f"battles/{battle['id']}/reports", complaint).status_code == 201
    assert olga.post(f"operator/moderation/reports/{Report.objects.get().pk}/decision", {"decision": "upheld"}).status_code == 200
    assert queries.publishable().count() == 0


def test_the_queue_names_nobody_of_a_battle_that_its_voter_may_still_judge(olga: Operator, arena: Arena, ada: Person) -> None:
    battle = answered(ada, prompt_of())
    complaint = {"side": "a", "turn": 0, "reason": "hateful", "comment": ""}
    assert ada.post(f"battles/{battle['id']}/reports", complaint).status_code == 201
    assert olga.get("operator/moderation/reports").json()["results"][0]["contender"] == ""
    assert ada.vote(battle["id"]).status_code == 200
    assert olga.get("operator/moderation/reports").json()["results"][0]["contender"] == Report.objects.get().answer.side.contender.name


@pytest.mark.parametrize("outcome", ["a", "skip"])
def test_the_queue_names_nobody_of_a_panel_whose_answers_others_may_still_judge(
    outcome: str, olga: Operator, arena: Arena, ada: Person, ben: Person, admin_client: Client
) -> None:
    prompt = prompt_of(voters=2)
    battle = answered(ada, prompt)
    complaint = {"side": "a", "turn": 0, "reason": "hateful", "comment": ""}
    assert ada.post(f"battles/{battle['id']}/reports", complaint).status_code == 201
    assert ada.vote(battle["id"], outcome).status_code == 200
    name = Report.objects.get().answer.side.contender.name
    assert olga.get("operator/moderation/reports").json()["results"][0]["contender"] == ""
    assert name not in admin_client.get("/admin/battles/report/").content.decode()
    for person in (ben, arena.person("cleo"))[: 1 if outcome == "a" else 2]:
        assert person.vote(open_on(person, prompt)["id"]).status_code == 200
    assert olga.get("operator/moderation/reports").json()["results"][0]["contender"] == name
    assert name in admin_client.get("/admin/battles/report/").content.decode()


def test_one_decision_closes_all_open_reports_about_an_answer(olga: Operator, arena: Arena, ada: Person, ben: Person) -> None:
    first, second = reported(arena, ada, ben)
    Report.objects.filter(pk=second.pk).update(answer=first.answer_id)
    assert olga.get("operator/moderation/reports").json()["results"][0]["others"] == 1
    olga.post(f"operator/moderation/reports/{first.pk}/decision", {"decision": "upheld", "note": "Vile"})
    assert set(Report.objects.values_list("state", "decision", "note")) == {("closed", "upheld", "Vile")}


def test_the_same_decision_again_changes_nothing_and_another_is_refused(olga: Operator, arena: Arena, ada: Person) -> None:
    (report,) = reported(arena, ada)
    path = f"operator/moderation/reports/{report.pk}/decision"
    first = olga.post(path, {"decision": "withheld", "note": "One"}).json()
    assert olga.post(path, {"decision": "withheld", "note": "Two"}).json() == first
    assert olga.post(path, {"decision": "dismissed"}).status_code == 409
    assert olga.post("operator/moderation/reports/999999/decision", {"decision": "dismissed"}).status_code == 404
    assert olga.post(path, {"decision": "perhaps"}).status_code == 400


def test_an_answer_that_is_still_being_written_is_not_decided_about(olga: Operator, arena: Arena, ada: Person) -> None:
    (report,) = reported(arena, ada)
    Answer.objects.filter(pk=report.answer_id).update(status="streaming")
    reply = olga.post(f"operator/moderation/reports/{report.pk}/decision", {"decision": "withheld"})
    assert (reply.status_code, reply.json()["type"]) == (409, "/problems/still-streaming")
    assert Report.objects.get().state == "open"


@pytest.mark.parametrize(("decision", "publishable"), [("dismissed", 1), ("upheld", 0), ("withheld", 0)])
def test_only_what_nobody_rightly_complained_about_is_publishable(decision: str, publishable: int, olga: Operator, arena: Arena) -> None:
    (report,) = reported(arena, consenting(arena))
    actions.scan_texts()
    assert not queries.publishable().exists()  # a complaint is open
    olga.post(f"operator/moderation/reports/{report.pk}/decision", {"decision": decision})
    assert queries.publishable().count() == publishable
