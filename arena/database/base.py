"""The engine of `DATABASES`: Django's for PostgreSQL, with the pool of `arena.database.pools`."""

from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base

from arena.database.pools import Pool


class DatabaseWrapper(base.DatabaseWrapper):
    """Django looks for this name in an engine."""

    _connection_pools: dict[str, Pool[Any]]

    @property
    def pool(self) -> Pool[Any] | None:
        """As Django makes it, one a process and alias; None where OPTIONS ask for none."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            arguments = self.get_connection_params() | {"autocommit": True}
            configure = self._configure_connection  # type: ignore[attr-defined]
            fresh: Pool[Any] = Pool(kwargs=arguments, open=False, configure=configure, **options)
            self._connection_pools.setdefault(self.alias, fresh)  # threads may race; the first wins
        return self._connection_pools[self.alias]
