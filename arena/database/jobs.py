"""Background jobs: their queues, what comes first, and a database that goes away."""

from procrastinate import RetryStrategy
from procrastinate.jobs import DEFAULT_QUEUE

# For every task, given as `retry`: one that fails, mostly because the database has gone in the midst of it, is tried again after a second.
AGAIN = RetryStrategy(max_attempts=5, wait=1)
# The queue, given as `queue`, of whatever asks machines that others than the operator have named: it may take as long as they like.
STRANGERS = "strangers"
# Of the jobs of a queue that wait those of a higher priority are next: money before all else, given as `priority`.
FIRST = 10
# How many jobs of each queue a worker does at once; no queue takes another's places. Three of the arena's own: a board that is folded from
# the beginning takes seconds, and points are released meanwhile.
PLACES = {DEFAULT_QUEUE: 3, STRANGERS: 4}
