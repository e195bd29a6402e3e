"""Whether something stands behind an account that cannot be had for nothing.

A guest costs nothing to become, and so does an account: a key pair is made in a microsecond, and an address that nobody has proved is
any words. Who is held back by their network (its limits, its cap, its proof of work, one place on a panel) is held back whether or not
they have made themselves an account.
"""

from django.db import connection

from arena.users.models import User

# Of a row `u` of users_user, in a statement of anybody's.
VOUCHED = """(NOT u.is_guest AND (u.is_staff
    OR EXISTS (SELECT FROM account_emailaddress x WHERE x.user_id = u.id AND x.verified)
    OR EXISTS (SELECT FROM socialaccount_socialaccount x WHERE x.user_id = u.id)))"""
_LOOK = f"SELECT {VOUCHED} FROM users_user u WHERE u.id = %s"
_KNOWN = "_vouched"


def vouched(user: User) -> bool:
    """Whether this person has an address that they have proved, signs in where they are known, or is of the staff.

    Looked up once for each `user`, which is once a request.
    """
    if user.is_guest:
        return False
    known: bool | None = getattr(user, _KNOWN, None)
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, [user.pk])
            row = cursor.fetchone()
        known = row is not None and bool(row[0])
        setattr(user, _KNOWN, known)
    return known
