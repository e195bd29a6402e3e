from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("contenders", "0001_initial")]
    operations = [protect("contenders_event")]
