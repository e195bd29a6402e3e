from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("battles", "0002_initial")]
    operations = [protect("battles_battle"), protect("battles_side"), protect("battles_vote")]
