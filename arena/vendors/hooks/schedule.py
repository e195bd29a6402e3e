"""When a message is tried again, and when no more. Pure."""

from datetime import timedelta

# After the first tries. There is no chance in it: a receiver is spoken to by one sender, one message at a time.
FIRST = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10))
DAY = timedelta(minutes=15)  # during the first day
LATER = timedelta(hours=1)
# A receiver may ask for a longer pause (Retry-After), but not for one that it never ends.
LONGEST = timedelta(hours=6)
GIVE_UP = timedelta(days=3)


def pause(tries: int, age: timedelta, asked: float | None = None) -> timedelta | None:
    """How long to wait after the `tries`-th failure (from 1) of a message that was wanted `age` ago; None: it is given up.

    `asked`: seconds that the receiver asks for at least.
    """
    if age >= GIVE_UP:
        return None
    usual = FIRST[tries - 1] if tries <= len(FIRST) else DAY if age < timedelta(days=1) else LATER
    wished = timedelta() if asked is None else timedelta(seconds=min(max(asked, 0.0), LONGEST.total_seconds()))
    return max(usual, wished)
