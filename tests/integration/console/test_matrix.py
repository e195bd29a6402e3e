"""Every address of the staff, by every role: what a role may do follows from the table of roles and from nothing else.

The addresses come from the URL map, and what each asks for from asking it, so that a new one is covered by being there.
"""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import transaction
from django.urls import get_resolver

from arena.console import roles
from arena.users.models import User
from tests.cast import Arena
from tests.integration.console.staff import person, registered, signed_in, staff
from tests.integration.users.account import Account
from tests.integration.users.test_account_permissions import _walk

pytestmark = pytest.mark.django_db
PREFIX = "/api/v1/operator/"
# For whoever has a role at all, and for whoever is to be given one.
FREE = {("GET", f"{PREFIX}me"), ("POST", f"{PREFIX}invitations/acceptance")}
# Asked with a body, and changing nothing: for those who may look.
LOOKING = {("POST", f"{PREFIX}rewards/dry-run"), ("POST", f"{PREFIX}moderation/try")}
NOBODY = "00000000-0000-7000-8000-000000000000"
PLACES = {"<uuid:": NOBODY, "<int:": "0", "<slug:": "nothing-here", "<str:": "nothing-here"}


@pytest.fixture(autouse=True)
def _arena(arena: Arena) -> None:
    cache.clear()


def addresses() -> list[tuple[str, str]]:
    """(method, path) of everything that is the staff's, with things in it that there are not."""
    found = []
    for path, view in _walk(get_resolver(), "/"):
        if path.startswith(PREFIX):
            for place, value in PLACES.items():
                while place in path:
                    path = path[: path.index(place)] + value + path[path.index(">", path.index(place)) + 1 :]
            found += [(method.upper(), path) for method in ("get", "post", "put", "patch", "delete") if hasattr(view.view_class, method)]
    return found


def ask(who: Account, method: str, path: str) -> int:
    """The status; whatever was done is undone."""
    with transaction.atomic():
        reply = who.client.get(path) if method == "GET" else who.write(method, path.removeprefix("/api/v1/"), {})
        transaction.set_rollback(True)
    return int(reply.status_code)


def needs(method: str, path: str, root: Account) -> str | None:
    """The permission that it asks for first."""
    asked: list[str] = []
    real = User.has_perm

    def has_perm(self: User, perm: str, obj: Any = None) -> bool:
        asked.append(perm)
        return real(self, perm, obj)

    with patch.object(User, "has_perm", has_perm):
        assert ask(root, method, path) != 500, f"{method} {path}"
    return asked[0] if asked else None


def test_each_role_may_do_what_the_table_says_and_nothing_else() -> None:
    root = staff("admin", email="root@example.org")
    wanted = {place: needs(*place, root) for place in addresses()}
    assert {place for place, permission in wanted.items() if permission is None} <= FREE
    every = {permission for permission in wanted.values() if permission}
    assert every <= roles.TABLE.keys()
    mistakes = []
    for role in roles.ROLES:
        who, allowed = staff(role), roles.granted(role, every)
        for (method, path), permission in wanted.items():
            if permission and (ask(who, method, path) != 403) is not (permission in allowed):
                mistakes.append(f"{method} {path} to {role}, which asks for {permission}")
    assert not mistakes
    assert len(wanted) > 15


def test_the_auditor_changes_nothing() -> None:
    auditor = staff("auditor")
    for method, path in set(addresses()) - LOOKING - FREE:
        assert method == "GET" or ask(auditor, method, path) == 403, f"{method} {path}"
        assert method != "GET" or ask(auditor, method, path) != 403, path


@pytest.mark.parametrize("role", roles.ROLES)
def test_no_role_opens_anything_without_a_second_factor(role: str) -> None:
    weak = registered("weak@example.org", role)
    for method, path in addresses():
        assert ask(weak, method, path) == 403, f"{method} {path}"
    assert weak.client.get("/admin/").status_code == 302


def test_roles_without_being_staff_open_nothing() -> None:
    who = person("former@example.org", "admin")
    User.objects.filter(pk=who.pk).update(is_staff=False)
    account = Account(signed_in(who))
    account.get("me")
    for method, path in addresses():
        assert (method, path) in FREE or ask(account, method, path) == 403, f"{method} {path}"
    assert account.client.get("/admin/").status_code == 302
