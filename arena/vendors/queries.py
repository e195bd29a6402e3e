"""Reading about organisations."""

from django.db.models import QuerySet

from arena.contenders.models import Contender
from arena.errors import NotFound
from arena.users.models import User
from arena.vendors.models import Membership, Organisation


def memberships_of(user: User) -> QuerySet[Membership]:
    """The organisations that a person speaks for, by name."""
    return Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name", "organisation__slug")


def membership(user: User, slug: str) -> Membership:
    """How a person stands to an organisation. Raises NotFound for one of others in the very words for one that is not there."""
    found = Membership.objects.filter(user=user, organisation__slug=slug).select_related("organisation").first()
    if found is None:
        raise NotFound("There is no such organisation among yours.")
    return found


def contenders_of(organisation: Organisation) -> QuerySet[Contender]:
    """The contenders that are an organisation's, in whatever state, by name."""
    return Contender.objects.filter(entry__organisation=organisation).order_by("name", "slug")


def owner_of(contender: Contender) -> Organisation | None:
    """Whose contender it is; None where nobody has been found to be."""
    return Organisation.objects.filter(entries__contender=contender).first()
