"""Reading about organisations."""

from django.conf import settings
from django.db.models import QuerySet

from arena.contenders.models import Contender
from arena.errors import NotFound
from arena.http.session import Caller
from arena.users.models import User
from arena.vendors.models import ApiKey, Membership, Organisation

_STRANGE = "There is no such organisation among yours."


def memberships_of(user: User) -> QuerySet[Membership]:
    """The organisations that a person speaks for, by name."""
    return Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name", "organisation__slug")


def membership(user: User, slug: str) -> Membership:
    """How a person stands to an organisation. Raises NotFound for one of others in the very words for one that is not there."""
    found = Membership.objects.filter(user=user, organisation__slug=slug).select_related("organisation").first()
    if found is None:
        raise NotFound(_STRANGE)
    return found


def of_key(caller: Caller, slug: str) -> Organisation:
    """The key's own organisation, if it has this slug; raises NotFound as above."""
    found = Organisation.objects.filter(pk=caller.organisation, slug=slug).first()
    if found is None:
        raise NotFound(_STRANGE)
    return found


def members_of(organisation: Organisation) -> QuerySet[Membership]:
    """Who speaks for an organisation, in the order in which they came."""
    return Membership.objects.filter(organisation=organisation).select_related("user").order_by("at", "pk")


def keys_of(organisation: Organisation) -> QuerySet[ApiKey]:
    """An organisation's keys, those that hold first, the newest first."""
    return ApiKey.objects.filter(organisation=organisation).select_related("by").order_by("-revoked_at", "-at", "pk")


def contenders_of(organisation: Organisation) -> QuerySet[Contender]:
    """The contenders that are an organisation's, in whatever state, by name."""
    return Contender.objects.filter(entry__organisation=organisation).order_by("name", "slug")


def quota_of(key: ApiKey) -> int:
    """How often an hour a key may ask; 0 for any number."""
    return int(settings.LIMIT_KEY_PER_HOUR if key.quota is None else key.quota)
