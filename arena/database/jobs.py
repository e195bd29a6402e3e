"""Background jobs and a database that goes away."""

from procrastinate import RetryStrategy

# For every task, given as `retry`: one that fails, mostly because the database has gone in the midst of it, is tried again after a second.
AGAIN = RetryStrategy(max_attempts=5, wait=1)
