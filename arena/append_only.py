"""Facts: rows that are appended and never changed. The database itself refuses UPDATE and DELETE (promise P8)."""

from typing import Any, NoReturn

from django.db import migrations, models

_FUNCTION = """
CREATE OR REPLACE FUNCTION arena_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class AppendOnly(models.Model):
    """Base of every fact. Python refuses what the trigger of `protect` refuses, one step earlier."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is append-only")


def protect(table: str) -> migrations.RunSQL:
    """A migration operation that makes `table` refuse UPDATE and DELETE for everybody, its owner included.

    TRUNCATE is left to the rights of the application's role: a trigger on it would break every test that flushes.
    """
    trigger = f"{table}_append_only"
    return migrations.RunSQL(
        _FUNCTION
        + f'CREATE TRIGGER "{trigger}" BEFORE UPDATE OR DELETE ON "{table}"'
        + " FOR EACH ROW EXECUTE FUNCTION arena_refuse_change();",
        f'DROP TRIGGER "{trigger}" ON "{table}";',
    )
