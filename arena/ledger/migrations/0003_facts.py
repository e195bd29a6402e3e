from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_initial")]
    operations = [protect("ledger_transfer")]
