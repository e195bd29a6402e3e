from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_trail")]
    operations = [protect("trail_change")]
