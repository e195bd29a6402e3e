from django.db import migrations

# The table of Django's database cache. Unlogged: counters need not outlive a crash, and are cheaper so.
FORWARD = """
CREATE UNLOGGED TABLE arena_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX arena_cache_expires ON arena_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("http", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE arena_cache")]
