"""From a vendor's form to a draft on the register: checks, review, and the key that nobody sees."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.cache import cache
from django.db import connection

from arena import outbound
from arena.battles.streaming import store
from arena.contenders.models import Contender
from arena.contenders.models import State as ContenderState
from arena.providers import queries as providers
from arena.providers import registry, vault
from arena.providers.models import Provider
from arena.users.models import User
from arena.vendors.submissions import actions, tasks
from arena.vendors.submissions.checks import PROMPTS
from arena.vendors.submissions.models import State, Submission
from tests.cast import Arena
from tests.integration.users.account import Account, member, with_totp
from tests.integration.vendors.stage import Vendor, program, vendor
from tests.sse_server import event

pytestmark = pytest.mark.django_db
PATH = "organisations/amber-labs/submissions"
ABOUT = {
    "name": "Quokka-2",
    "protocol": "openai",
    "base_url": "https://models.example.org/v1",
    "model": "quokka-2",
    "key": "sk-quokka-secret",
}
WORDS = "A plain answer of many words that says nothing of who wrote it, and goes on for as long as it takes to be seen to stream well. "


@pytest.fixture
def ada(arena: Arena) -> Vendor:
    """The owner of Amber Labs."""
    cache.clear()
    registry._breakers.clear()
    return vendor()


@pytest.fixture
def otto(arena: Arena) -> Account:
    """Who runs the arena."""
    otto, _ = with_totp("otto@example.org")
    User.objects.filter(pk=otto.id).update(is_staff=True, is_superuser=True)
    return otto


class Pieces(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


class Model:
    """What stands behind the address: answers `text` word by word to whoever shows the key."""

    def __init__(self, text: str = WORDS, key: str = ABOUT["key"], pieces: bool = True) -> None:
        self.text, self.key, self.pieces = text, key, pieces
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return httpx.Response(401, json={"error": {"message": "who are you"}})
        self.asked.append(json.loads(request.content))
        words = [f"{word} " for word in self.text.split()] if self.pieces else [self.text]
        stream = Pieces(*map(event, words), event(None, "stop"), b"data: [DONE]\n\n")
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)

    def answering(self) -> AbstractContextManager[None]:
        return outbound.use_transport(httpx.MockTransport(self))


def terms(who: Account) -> dict[str, str]:
    told = who.get("submission-terms").json()
    return {"terms_version": told["version"], "terms_hash": told["hash"]}


def submitted(who: Account, **changed: Any) -> dict[str, Any]:
    reply = who.post(PATH, {**terms(who), **ABOUT, **changed})
    assert reply.status_code == 201, reply.content
    body: dict[str, Any] = reply.json()
    return body


def checked(who: Account, id: str, model: Model | None = None) -> dict[str, Any]:
    with (model or Model()).answering():
        tasks.check_submission(submission=id)
    body: dict[str, Any] = who.get(f"{PATH}/{id}").json()
    return body


def problem(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].removeprefix("/problems/")


def test_what_is_submitted_is_asked_twenty_prompts_and_waits_for_review(ada: Vendor) -> None:
    id = submitted(ada.account, system_prompt="Be brief.")["id"]
    model = Model()
    told = checked(ada.account, id, model)
    assert told["state"] == "review"
    assert [one["passed"] for one in told["checks"][0]["findings"]] == [True] * 5
    assert sorted(body["messages"][-1]["content"] for body in model.asked) == sorted(PROMPTS)
    assert {body["messages"][0]["content"] for body in model.asked} == {"Be brief."}
    assert {body["model"] for body in model.asked} == {"quokka-2"}


def test_what_was_accepted_is_kept_with_version_and_hash(ada: Vendor) -> None:
    told = submitted(ada.account)
    assert {name: told[name] for name in ("terms_version", "terms_hash")} == terms(ada.account)
    other = {**terms(ada.account), "terms_hash": "0" * 64}
    assert problem(ada.account.post(PATH, {**ABOUT, **other})) == (400, "invalid-input")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "failed"),
    [
        (Model(key="another"), {"reachable", "answers", "streams", "blind", "quick"}),
        (Model(pieces=False), {"streams"}),
        (Model(text=f"I am Quokka-2, made by Amber Labs. {WORDS}"), {"blind"}),
    ],
)
def test_what_fails_a_check_goes_back_to_the_vendor_with_the_reason(ada: Vendor, model: Model, failed: set[str]) -> None:
    told = checked(ada.account, submitted(ada.account)["id"], model)
    assert told["state"] == "failed"
    assert {one["code"] for one in told["checks"][0]["findings"] if not one["passed"]} == failed


def test_an_endpoint_that_never_answers_is_asked_three_times_only(ada: Vendor) -> None:
    asked = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404, json={"error": "no"})

    id = submitted(ada.account)["id"]
    with outbound.use_transport(httpx.MockTransport(away)):
        tasks.check_submission(submission=id)
    assert len(asked) == 3


def test_nothing_is_asked_in_private_networks(ada: Vendor) -> None:
    id = submitted(ada.account, base_url="https://10.1.2.3/v1")["id"]
    outbound.configure(outbound.Limits(allow=("10.0.0.0/8",)))  # the operator's own providers
    try:
        tasks.check_submission(submission=id)
    finally:
        outbound.configure(None)
    told = ada.account.get(f"{PATH}/{id}").json()
    assert told["state"] == "failed"
    assert "private" in told["checks"][0]["findings"][0]["detail"]


def test_a_mended_submission_is_checked_anew_and_keeps_its_key(ada: Vendor) -> None:
    id = submitted(ada.account)["id"]
    assert checked(ada.account, id, Model(pieces=False))["state"] == "failed"
    assert ada.account.write("PATCH", f"{PATH}/{id}", {"model": "quokka-2b"}).json()["state"] == "checking"
    assert problem(ada.account.write("PATCH", f"{PATH}/{id}", {"model": "quokka-2c"})) == (409, "conflict")
    told = checked(ada.account, id)
    assert (told["state"], told["model"], len(told["checks"])) == ("review", "quokka-2b", 2)


def test_a_key_that_is_kept_goes_to_no_other_address(ada: Vendor) -> None:
    id = submitted(ada.account)["id"]
    checked(ada.account, id, Model(pieces=False))
    elsewhere = {"base_url": "https://thief.example.net/v1"}
    assert problem(ada.account.write("PATCH", f"{PATH}/{id}", elsewhere)) == (409, "conflict")
    assert ada.account.get(f"{PATH}/{id}").json()["base_url"] == ABOUT["base_url"]
    assert ada.account.write("PATCH", f"{PATH}/{id}", {**elsewhere, "key": "sk-anew"}).json()["state"] == "checking"


def test_what_is_withdrawn_while_it_is_checked_counts_as_a_check_of_the_day(ada: Vendor) -> None:
    for _ in range(actions.CHECKS_A_DAY):
        assert ada.account.post(f"{PATH}/{submitted(ada.account)['id']}/withdrawal").status_code == 200
    assert problem(ada.account.post(PATH, {**terms(ada.account), **ABOUT})) == (409, "conflict")


def test_another_organisation_of_the_same_person_has_no_checks_of_its_own(ada: Vendor) -> None:
    for _ in range(actions.CHECKS_A_DAY):
        ada.account.post(f"{PATH}/{submitted(ada.account)['id']}/withdrawal")
    assert ada.account.post("organisations", {"slug": "second-labs", "name": "Second Labs"}).status_code == 201
    path = "organisations/second-labs/submissions"
    assert problem(ada.account.post(path, {**terms(ada.account), **ABOUT})) == (409, "conflict")


def test_who_had_fewest_checks_today_is_next(ada: Vendor) -> None:
    for _ in range(3):
        submitted(ada.account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT priority FROM procrastinate_jobs WHERE task_name LIKE %s ORDER BY id", ["%check_submission"])
        assert cursor.fetchall() == [(0,), (-1,), (-2,)]


def test_checks_of_what_was_changed_meanwhile_count_for_nothing(ada: Vendor) -> None:
    id = submitted(ada.account)["id"]
    slow = Submission.objects.select_related("organisation").get()
    checked(ada.account, id, Model(pieces=False))
    ada.account.write("PATCH", f"{PATH}/{id}", {"model": "quokka-2b"})
    actions.record_checks(slow, [])
    assert ada.account.get(f"{PATH}/{id}").json()["state"] == "checking"


def test_the_key_is_sealed_shown_to_nobody_and_gone_when_it_is_over(ada: Vendor, otto: Account) -> None:
    id = submitted(ada.account)["id"]
    told = [
        ada.account.get(f"{PATH}/{id}"),
        ada.account.get(PATH),
        otto.get(f"operator/submissions/{id}"),
        otto.get("operator/submissions"),
    ]
    assert not [reply for reply in told if ABOUT["key"] in reply.content.decode()]
    assert vault.opened(Submission.objects.get().key).reveal() == ABOUT["key"]
    with connection.cursor() as cursor:
        for table in ("submissions_submission", "procrastinate_jobs", "http_idempotencykey"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{ABOUT['key']}%"])
            assert cursor.fetchone() == (0,), table
    assert ada.account.post(f"{PATH}/{id}/withdrawal").json()["state"] == "withdrawn"
    assert Submission.objects.get().key == ""
    assert ada.account.post(f"{PATH}/{id}/withdrawal").json()["state"] == "withdrawn"


def test_an_accepted_submission_is_a_draft_of_its_organisation_with_a_way_to_reach_it(ada: Vendor, otto: Account) -> None:
    id = submitted(ada.account, aliases=["Quo"], openness="closed")["id"]
    checked(ada.account, id)
    reply = otto.post(f"operator/submissions/{id}/acceptance", {"slug": "quokka-2", "reason": "Welcome"}, key="accept-it-once")
    assert (reply.status_code, reply.json()["state"], reply.json()["contender"]) == (200, "accepted", "quokka-2")
    assert (
        otto.post(f"operator/submissions/{id}/acceptance", {"slug": "quokka-2", "reason": "Welcome"}, key="accept-it-once").json()
        == reply.json()
    )
    contender = Contender.objects.get(slug="quokka-2")
    assert (contender.state, contender.vendor, contender.aliases) == (ContenderState.DRAFT, "Amber Labs", ["Quo"])
    assert contender.entry.organisation.slug == "amber-labs"
    assert contender.route.model == "quokka-2"
    assert vault.opened(contender.route.provider.key_sealed).reveal() == ABOUT["key"]
    tasks.tell_of_decision(submission=id)
    assert mail.outbox[-1].to == ["ada@example.org"]
    assert "quokka-2" not in ada.account.get("boards/overall").content.decode()


def test_what_a_vendor_named_reaches_no_private_network_once_it_is_accepted_either(ada: Vendor, otto: Account) -> None:
    id = submitted(ada.account, system_prompt="Be brief.")["id"]
    checked(ada.account, id)
    assert otto.post(f"operator/submissions/{id}/acceptance", {"slug": "quokka-2"}).status_code == 200
    contender = Contender.objects.select_related("route__provider").get(slug="quokka-2")
    assert contender.system_prompt == "Be brief."
    assert providers.question(contender, "Hello").endpoint.stranger
    with connection.cursor() as cursor:  # as battles read it
        cursor.execute(store._ROUTES, {"contenders": [contender.pk]})
        columns = [column.name for column in cursor.description]
        (row,) = store._by_contender([dict(zip(columns, one, strict=True)) for one in cursor.fetchall()]).values()
    assert row.stranger
    Provider.objects.filter(slug="quokka-2").update(key_sealed="")
    assert otto.write("PATCH", "operator/providers/quokka-2", {"base_url": "https://our.example.org/v1"}).status_code == 200
    assert not Provider.objects.get(slug="quokka-2").stranger  # who runs the arena has named this one


def test_only_what_passed_its_checks_is_accepted_and_only_under_a_free_name(ada: Vendor, otto: Account) -> None:
    id = submitted(ada.account)["id"]
    assert problem(otto.post(f"operator/submissions/{id}/acceptance", {"slug": "quokka-2"})) == (409, "conflict")
    checked(ada.account, id)
    assert problem(otto.post(f"operator/submissions/{id}/acceptance", {"slug": "amber-7"})) == (409, "conflict")
    assert Contender.objects.get(slug="amber-7").name == "Amber-7"
    assert otto.post(f"operator/submissions/{id}/acceptance", {"slug": "quokka-2"}).status_code == 200
    assert problem(otto.post(f"operator/submissions/{id}/refusal", {"reason": "No"})) == (409, "conflict")


def test_what_was_changed_since_it_was_read_is_not_accepted(ada: Vendor, otto: Account) -> None:
    id = submitted(ada.account)["id"]
    read = checked(ada.account, id)["asked_at"]
    ada.account.write("PATCH", f"{PATH}/{id}", {"name": "Another"})
    checked(ada.account, id)
    wanted = {"slug": "quokka-2", "asked_at": read}
    assert problem(otto.post(f"operator/submissions/{id}/acceptance", wanted)) == (409, "conflict")
    wanted["asked_at"] = otto.get(f"operator/submissions/{id}").json()["asked_at"]
    assert otto.post(f"operator/submissions/{id}/acceptance", wanted).status_code == 200


def test_a_declined_submission_says_why_and_cannot_be_changed(ada: Vendor, otto: Account) -> None:
    id = submitted(ada.account)["id"]
    assert problem(otto.post(f"operator/submissions/{id}/refusal", {})) == (400, "invalid-input")
    assert otto.post(f"operator/submissions/{id}/refusal", {"reason": "It is a mirror of another one."}).json()["state"] == "declined"
    told = ada.account.get(f"{PATH}/{id}").json()
    assert (told["state"], told["reason"]) == ("declined", "It is a mirror of another one.")
    assert problem(ada.account.write("PATCH", f"{PATH}/{id}", {"model": "other"})) == (409, "conflict")
    tasks.tell_of_decision(submission=id)
    assert "mirror" in str(mail.outbox[-1].body)


def test_submissions_are_bounded(ada: Vendor) -> None:
    for n in range(actions.MOST_OPEN):
        submitted(ada.account, name=f"Quokka-{n}")
    assert problem(ada.account.post(PATH, {**terms(ada.account), **ABOUT})) == (409, "conflict")


def test_members_look_and_owners_submit_and_others_learn_nothing(ada: Vendor) -> None:
    id = submitted(ada.account)["id"]
    ben = ada.colleague("ben@example.org")
    assert ben.get(f"{PATH}/{id}").status_code == 200
    assert problem(ben.post(PATH, {**terms(ben), **ABOUT})) == (403, "forbidden")
    assert problem(ben.post(f"{PATH}/{id}/withdrawal")) == (403, "forbidden")
    cleo = vendor("cleo-labs", "cleo@example.org")
    assert (
        problem(cleo.account.get(f"{PATH}/{id}"))
        == problem(cleo.account.get(f"organisations/cleo-labs/submissions/{id}"))
        == (404, "not-found")
    )
    assert problem(cleo.account.get("operator/submissions")) == (403, "forbidden")
    key = ada.key()
    assert program(PATH, key).json()["results"][0]["id"] == id
    assert program(PATH, cleo.key()).status_code == 404


def test_who_only_looks_does_not_decide(ada: Vendor) -> None:
    id = submitted(ada.account)["id"]
    looker, _ = with_totp("ludo@example.org")
    user = User.objects.get(pk=looker.id)
    User.objects.filter(pk=looker.id).update(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_submission"))
    told = looker.get("operator/submissions?state=checking").json()
    assert (len(told["results"]), told["may_review"]) == (1, False)
    assert problem(looker.post(f"operator/submissions/{id}/refusal", {"reason": "No"})) == (403, "forbidden")
    assert Submission.objects.get().state == State.CHECKING


@pytest.mark.parametrize(
    "changed",
    [
        {"base_url": "scripted:"},
        {"protocol": "scripted"},
        {"base_url": "http://models.example.org/v1"},
        {"name": ""},
        {"price_input": "-1"},
        {"colour": "amber"},
    ],
)
def test_what_is_no_submission_is_refused(ada: Vendor, settings: Any, changed: dict[str, Any]) -> None:
    settings.DEBUG = False
    assert problem(ada.account.post(PATH, {**terms(ada.account), **ABOUT, **changed})) == (400, "invalid-input")
    assert not Submission.objects.exists()


def test_a_person_who_only_signed_up_is_of_no_organisation(ada: Vendor) -> None:
    assert problem(member("dina@example.org").get(PATH)) == (404, "not-found")
