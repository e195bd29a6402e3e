"""The permission matrix: every address of the URL map, by everybody who is not its owner.

The addresses come from the map itself, so that a new one fails here until somebody says what it may be sent.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from arena.contenders.models import Contender
from arena.users.models import User
from arena.vendors import actions as vendors
from arena.vendors.models import Organisation
from tests.cast import Arena
from tests.integration.http.asgi import asked
from tests.integration.users.account import PASSWORD, Account, guest, member, visitor
from tests.integration.users.wallet import Wallet, link, signed

pytestmark = pytest.mark.django_db
SECRET, ANSWER, COMMENT, EMAIL = "quokkaprompt", "wombatanswer", "numbatcomment", "platypus@example.org"
ORGANISATION, UNBORN, HOOK = "Echidna Works", "Bilby-1", "https://bandicoot.example.org/v1"
GOLD = Wallet.of("gold")
ROLES = ("nobody", "guest", "voter", "staff")
PUBLIC = {
    "/api/v1/exposure",
    "/api/v1/arena",
    "/api/v1/terms",
    "/api/v1/challenge",
    "/api/v1/prompts/suggestions",
    "/api/v1/prompts/draw",
    "/api/v1/boards",
    "/api/v1/boards/{slug}",
    "/api/v1/boards/{slug}/analysis",
    "/api/v1/boards/{slug}/history",
    "/api/v1/boards/{slug}/history/{seq}",
    "/api/v1/contenders",
    "/api/v1/contenders/{slug}",
    "/api/v1/contenders/{slug}/history",
    "/api/v1/head-to-head",
    "/api/v1/snapshots",
    "/api/v1/snapshots/{date}",
    "/api/v1/snapshots/{date}/{name}",
    "/api/v1/shared/{token}",
    "/api/v1/submission-terms",
    "/api/v1/credits",
    "/api/v1/treasury",
    "/api/v1/epochs",
    "/api/v1/epochs/{number}",
    "/api/v1/epochs/{number}/files/{name}",
    "/api/v1/epochs/{number}/proofs/{address}",
}
# What anybody may ask for who has no session; everything else is 401 to them.
FOR_NOBODY = PUBLIC | {"/api/v1/me", "/api/v1/me/consent", "/api/v1/challenge", "/api/v1/wallet/challenge", "/api/v1/wallet/sign-in"}
BODIES: dict[str, Any] = {
    "POST /api/v1/battles": {"prompt": "Mine"},
    "POST /api/v1/battles/{id}/turns": {"prompt": "On"},
    "POST /api/v1/battles/{id}/attempts": {},
    "POST /api/v1/battles/{id}/stop": {},
    "POST /api/v1/battles/{id}/vote": {"outcome": "b", "turn": 0, "attempt": 0},
    "POST /api/v1/battles/{id}/reports": {"side": "a", "turn": 0, "reason": "other"},
    "POST /api/v1/battles/{id}/share": {"index": True},
    "DELETE /api/v1/battles/{id}/share": {},
    "DELETE /api/v1/battles/{id}": {},
    "POST /api/v1/me/consent": {"terms_version": "1", "terms_hash": "1", "of_age": False, "publish": True},
    "PUT /api/v1/me/publish": {"publish": True},
    "DELETE /api/v1/me": {"password": "not the passphrase"},
    "POST /api/v1/me/wallet/challenge": {"address": GOLD.address},
    "POST /api/v1/wallet/challenge": {"address": GOLD.address},
    # Overwritten by the owner's own text and its signature, which open nothing in another session.
    "POST /api/v1/me/wallet": {},
    "POST /api/v1/wallet/sign-in": {},
    "DELETE /api/v1/me/wallet": {},
    "POST /api/v1/me/conversions": {"points": 10, "units_per_point": 1000},
    "POST /api/v1/me/faucet": {},
    "POST /api/v1/operator/epochs": {},
    "POST /api/v1/operator/epochs/{number}/approval": {},
    "POST /api/v1/operator/epochs/{number}/veto": {"reason": "Mine now"},
    "POST /api/v1/operator/conversions/{id}/void": {"reason": "Mine now"},
    "POST /api/v1/operator/pause": {},
    "POST /api/v1/operator/fund": {"units": "1"},
    "PUT /api/v1/operator/people/{id}/roles": {"roles": ["admin"]},
    "POST /api/v1/operator/invitations": {"role": "admin"},
    "DELETE /api/v1/operator/invitations/{id}": {},
    "POST /api/v1/operator/invitations/acceptance": {"token": "mine"},
    "POST /api/v1/operator/jobs/{number}/retry": {},
    "POST /api/v1/operator/pairing": {"name": "uniform", "reason": "Mine now"},
    "POST /api/v1/operator/rewards": {"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1, "reason": "Mine now"},
    "POST /api/v1/operator/rewards/dry-run": {"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1},
    "POST /api/v1/operator/pools": {"slug": "mine-now", "title": "Mine now"},
    "PATCH /api/v1/operator/pools/{slug}": {"title": "Mine now"},
    "PUT /api/v1/operator/pools/{slug}/prompts": {"id": "mine", "text": "Mine?", "category": "facts", "language": "en"},
    "POST /api/v1/operator/pools/{slug}/imports": {"id": "mine", "text": "Mine?", "category": "facts", "language": "en"},
    "DELETE /api/v1/operator/prompts/{id}": {},
    "PATCH /api/v1/operator/pools/{slug}/serving": {"weight": 2},
    "POST /api/v1/organisations": {"slug": "platypus-labs", "name": "Mine"},
    "PATCH /api/v1/organisations/{slug}": {"name": "Mine"},
    "PUT /api/v1/organisations/{slug}/members/{id}": {"role": "member"},
    "DELETE /api/v1/organisations/{slug}/members/{id}": {},
    "POST /api/v1/organisations/{slug}/invitations": {"role": "owner"},
    "POST /api/v1/organisations/{slug}/keys": {"name": "mine", "scopes": ["rankings"]},
    "DELETE /api/v1/organisations/{slug}/keys/{id}": {},
    "POST /api/v1/memberships": {"invitation": "x" * 52},
    "POST /api/v1/organisations/{slug}/webhooks": {"url": "https://mine.example.org/", "events": ["contender.rank_changed"]},
    "PATCH /api/v1/organisations/{slug}/webhooks/{id}": {"url": "https://mine.example.org/"},
    "DELETE /api/v1/organisations/{slug}/webhooks/{id}": {},
    "POST /api/v1/organisations/{slug}/webhooks/{id}/secret": {},
    "POST /api/v1/organisations/{slug}/webhooks/{id}/test": {},
    "POST /api/v1/organisations/{slug}/webhooks/{id}/replay": {"since": "2026-01-01T00:00:00Z"},
    "POST /api/v1/organisations/{slug}/webhooks/{id}/messages/{message}/replay": {},
    "POST /api/v1/organisations/{slug}/submissions": {"name": "Mine"},
    "PATCH /api/v1/organisations/{slug}/submissions/{id}": {"name": "Mine"},
    "POST /api/v1/organisations/{slug}/submissions/{id}/withdrawal": {},
    "POST /api/v1/operator/submissions/{id}/acceptance": {"slug": "mine"},
    "POST /api/v1/operator/submissions/{id}/refusal": {"reason": "Mine now"},
    "POST /api/v1/operator/providers": {"slug": "mine", "name": "Mine", "protocol": "openai", "base_url": "https://mine.example/v1"},
    "PATCH /api/v1/operator/providers/{slug}": {"name": "Mine"},
    "PUT /api/v1/operator/providers/{slug}/key": {"key": "mine"},
    "DELETE /api/v1/operator/providers/{slug}/key": {},
    "POST /api/v1/operator/contenders": {"slug": "mine", "name": "Mine", "vendor": "Me", "provider": "stage", "model": "short"},
    "PATCH /api/v1/operator/contenders/{slug}": {"name": "Mine"},
    "POST /api/v1/operator/contenders/{slug}/state": {"state": "retired", "reason": "Mine now"},
    "POST /api/v1/operator/contenders/{slug}/pause": {"reason": "Mine now"},
    "POST /api/v1/operator/contenders/{slug}/resume": {"reason": "Mine now"},
    "POST /api/v1/operator/contenders/{slug}/clear": {"reason": "Mine now"},
    "POST /api/v1/operator/contenders/{slug}/canary": {},
    "POST /api/v1/operator/contenders/{slug}/try": {"prompt": "Mine"},
    "POST /api/v1/operator/moderation/rules": {"based_on": 0},
    "POST /api/v1/operator/moderation/try": {"text": "Mine", "target": "prompt"},
    "POST /api/v1/operator/moderation/reports/{number}/decision": {"decision": "withheld"},
}
SIGNED = {"POST /api/v1/me/wallet": "link", "POST /api/v1/wallet/sign-in": "sign in"}
OWNED = ("/api/v1/battles/{id}", "/api/v1/organisations/{slug}")
# Staff without a second factor are nobody here.
OPERATORS = ("/api/v1/operator/",)


def addresses() -> list[tuple[str, str]]:
    """(method, path) of everything under /api/v1/, from the URL map."""
    found = []
    for path, view in _walk(get_resolver(), "/"):
        if path.startswith("/api/v1/"):
            path = re.sub(r"<\w+:(\w+)>", r"{\1}", path)
            found += [(method.upper(), path) for method in ("get", "post", "put", "patch", "delete") if hasattr(view.view_class, method)]
    return found


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{prefix}{entry.pattern}")
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "view_class"):
            yield f"{prefix}{entry.pattern}", entry.callback


class Owner:
    """A registered voter with a voted and shared battle, an open one that is running, a report, points, two sessions."""

    def __init__(self) -> None:
        self.account = member(EMAIL)
        self.second = visitor()
        self.second.sign_in(EMAIL)
        self.id = self.account.id
        opened = self.account.open(f"{SECRET} running")
        self.running, self.stream = opened["id"], opened["stream"]["url"]
        self.voted = str(self.account.open(f"{SECRET} voted")["id"])
        Arena.answer(self.voted, a=ANSWER, b=ANSWER)
        assert self.account.vote(self.voted, comment=COMMENT).status_code == 200
        told = self.account.post(f"battles/{self.voted}/reports", {"side": "b", "turn": 0, "reason": "other", "comment": COMMENT})
        assert told.status_code == 201
        assert self.account.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
        assert link(self.account, GOLD).status_code == 200
        self.signed = {name: signed(self.account, GOLD, to=to) for name, to in SIGNED.items()}
        self.token = self.account.post(f"battles/{self.voted}/share").json()["token"]
        assert self.account.post("organisations", {"slug": "platypus-labs", "name": ORGANISATION}).status_code == 201
        assert self.account.post("organisations/platypus-labs/invitations", {"role": "member"}).status_code == 201
        self.key = self.account.post("organisations/platypus-labs/keys", {"name": "nightly", "scopes": ["rankings"]}).json()["id"]
        self.own = self._vendors_things()

    def _vendors_things(self) -> dict[str, str]:
        """A webhook with a message on its way, a submission, and a contender that is the organisation's."""
        place = "organisations/platypus-labs"
        hook = self.account.post(f"{place}/webhooks", {"url": HOOK, "events": ["contender.rank_changed"]}).json()["id"]
        message = self.account.post(f"{place}/webhooks/{hook}/test").json()["id"]
        terms = self.account.get("submission-terms").json()
        accepted = {"terms_version": terms["version"], "terms_hash": terms["hash"]}
        about = {"name": UNBORN, "protocol": "openai", "base_url": HOOK, "model": "unborn", "key": "sk-of-the-unborn"}
        submission = self.account.post(f"{place}/submissions", {**accepted, **about}).json()["id"]
        organisation = Organisation.objects.get(slug="platypus-labs")
        vendors.enter(organisation=organisation, contender=Contender.objects.get(slug="amber-7"))
        return {"webhooks": hook, "message": message, "submissions": submission}

    def state(self) -> dict[str, Any]:
        """Every row that is the owner's or about their battles, and what they see of it."""
        rows = {}
        with connection.cursor() as cursor:
            for table, where in (
                ("users_user", "id = %(id)s"),
                ("users_consent", "user_id = %(id)s"),
                ("users_merge", "into_id = %(id)s OR guest_id = %(id)s"),
                ("battles_battle", "voter_id = %(id)s"),
                ("battles_turn", "battle_id = ANY(%(battles)s)"),
                ("battles_answer", "turn_id IN (SELECT id FROM battles_turn WHERE battle_id = ANY(%(battles)s))"),
                ("battles_vote", "battle_id = ANY(%(battles)s)"),
                ("battles_votecontext", "vote_id IN (SELECT id FROM battles_vote WHERE battle_id = ANY(%(battles)s))"),
                ("battles_share", "battle_id = ANY(%(battles)s)"),
                ("battles_report", "person_id = %(id)s"),
                ("battles_erasure", "battle_id = ANY(%(battles)s)"),
                ("ledger_account", "owner_id = %(id)s"),
                ("ledger_transfer", "source_id IN (SELECT id FROM ledger_account WHERE owner_id = %(id)s)"),
                ("credits_conversion", "owner_id = %(id)s"),
                ("users_wallet", "user_id = %(id)s"),
                ("users_walletchallenge", "user_id = %(id)s OR used_at IS NOT NULL"),
                ("account_emailaddress", "user_id = %(id)s"),
                ("usersessions_usersession", "user_id = %(id)s"),
                ("vendors_organisation", "slug = 'platypus-labs'"),
                ("vendors_membership", "organisation_id IN (SELECT id FROM vendors_organisation WHERE slug = 'platypus-labs')"),
                ("vendors_invitation", "by_id = %(id)s"),
                ("vendors_apikey", "by_id = %(id)s"),
                ("hooks_hook", "true"),
                ("hooks_message", "true"),
                ("submissions_submission", "true"),
            ):
                values: dict[str, Any] = {"id": self.id, "battles": [self.running, self.voted]}
                cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {where} ORDER BY 1", values)
                rows[table] = [row[0] for row in cursor.fetchall()]
        rows["points"] = [json.dumps(self.account.me["points"])]
        return rows

    def place(self, path: str, battle: str) -> str:
        """The path with the owner's own things in it."""
        own = {
            "id": battle,
            "slug": "overall",
            "token": self.token,
            "seq": "0",
            "number": "1",
            "name": "manifest.json",
            "address": GOLD.address,
            "date": "2026-11-28",
            "kind": "jsonl",
        }
        if path.startswith("/api/v1/organisations"):
            kind = path.split("/")[5] if path.count("/") > 4 else ""
            id = self.key if kind == "keys" else self.own.get(kind, self.id)
            own |= {"slug": "platypus-labs", "id": id, "message": self.own["message"], "contender": "amber-7"}
        elif path.startswith("/api/v1/operator/submissions"):
            own["id"] = self.own["submissions"]
        elif path.startswith("/api/v1/operator/pools"):
            own["slug"] = "starter"
        elif path.startswith("/api/v1/contenders"):
            own["slug"] = "amber-7"
        return path.format(**own)

    def words(self) -> tuple[str, ...]:
        return (
            SECRET,
            ANSWER,
            COMMENT,
            EMAIL,
            ORGANISATION,
            HOOK,
            UNBORN,
            self.key,
            *self.own.values(),
            self.id,
            self.running,
            self.voted,
            *(sent["nonce"] for sent in self.signed.values()),
        )


@pytest.fixture
def owner(arena: Arena) -> Owner:
    cache.clear()
    return Owner()


def somebody(role: str) -> Account:
    if role == "nobody":
        return visitor()
    if role == "guest":
        return guest()
    who = member("ben@example.org")
    if role == "staff":
        User.objects.filter(pk=who.id).update(is_staff=True, is_superuser=True)
    return who


@pytest.mark.parametrize("role", ROLES)
def test_nobody_sees_or_changes_what_is_anothers(owner: Owner, role: str) -> None:
    before, who = owner.state(), somebody(role)
    mistakes, seen = [], 0
    for method, path in addresses():
        name = f"{method} {path}"
        assert method == "GET" or name in BODIES, f"{name}: say in BODIES what it may be sent"
        for battle in (owner.running, owner.voted) if "{id}" in path else ("",):
            place = owner.place(path, battle)
            reply = (
                who.write(method, place.removeprefix("/api/v1/"), owner.signed.get(name, BODIES.get(name)))
                if method != "GET"
                else who.client.get(place)
            )
            seen += 1
            told = reply.content.decode()
            allowed = {SECRET, ANSWER} if path == "/api/v1/shared/{token}" else set()
            mistakes += [f"{name} told {role} {word}" for word in owner.words() if word in told and word not in allowed]
            mistakes += [f"{name}: {reply.status_code} to {role}"] if not _fits(role, path, reply.status_code) else []
    assert not mistakes
    assert seen > 20
    assert owner.state() == before


def _fits(role: str, path: str, status: int) -> bool:
    if role == "nobody" and path not in FOR_NOBODY:
        return status == 401
    if path.startswith(OWNED):
        return status == 404
    if path.startswith(OPERATORS):
        return status == 403
    return status < 500


@pytest.mark.parametrize("role", ROLES)
def test_a_ticket_of_anothers_stream_opens_nothing(owner: Owner, role: str) -> None:
    who = somebody(role)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in who.client.cookies.items())
    reply = asked("GET", owner.stream, {"cookie": cookies})
    assert (reply.status, json.loads(reply.body)["type"]) == (403, "/problems/ticket-invalid")


@pytest.mark.parametrize("role", ROLES)
def test_nobody_sees_or_ends_anothers_sessions_addresses_or_authenticators(owner: Owner, role: str) -> None:
    before, who = owner.state(), somebody(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM usersessions_usersession WHERE user_id = %s", [owner.id])
        sessions = [row[0] for row in cursor.fetchall()]
    assert len(sessions) == 2
    tries = [
        ("GET", "auth/session", None),
        ("GET", "auth/sessions", None),
        ("DELETE", "auth/sessions", {"sessions": sessions}),
        ("GET", "account/email", None),
        ("DELETE", "account/email", {"email": EMAIL}),
        ("PUT", "account/email", {"email": EMAIL}),
        ("PATCH", "account/email", {"email": EMAIL, "primary": True}),
        ("GET", "account/authenticators", None),
        ("GET", "account/authenticators/recovery-codes", None),
        ("GET", "account/providers", None),
        ("POST", "account/password/change", {"current_password": PASSWORD, "new_password": "another long passphrase"}),
        ("POST", "auth/reauthenticate", {"password": "not the passphrase"}),
    ]
    for method, path, body in tries:
        reply = who.auth(method, path, body)
        assert reply.status_code < 500
        assert not [word for word in owner.words() if word in reply.content.decode()], path
        if role in ("nobody", "guest"):
            assert reply.status_code in (400, 401, 403), (path, reply.status_code)
    assert owner.state() == before
    assert owner.second.me["user"]["email"] == EMAIL


@pytest.mark.parametrize("role", ["nobody", "guest", "voter"])
def test_the_admin_is_for_staff(owner: Owner, role: str) -> None:
    who = somebody(role)
    for path in ("/admin/", "/admin/battles/report/", "/admin/account/emailaddress/"):
        reply = who.client.get(path)
        assert reply.status_code == 302
        assert not [word for word in owner.words() if word in reply.content.decode()]


def test_the_owner_is_let_in() -> None:
    """The oracle above would be content with an arena that refuses everybody."""
    Arena.seeded()
    cache.clear()
    owner = Owner()
    for method, path in addresses():
        if method == "GET":
            for battle in (owner.running, owner.voted):
                reply = owner.account.client.get(owner.place(path, battle))
                none_yet = "boards" in path or "{number}" in path or "{date}" in path
                assert reply.status_code == (403 if path.startswith(OPERATORS) else 200) or (none_yet and reply.status_code == 404), path
    assert SECRET in owner.account.get("me/export").content.decode()
