from django.db import migrations

from arena.append_only import protect

FACTS = ("conversion", "void", "epoch", "sealed", "leaf", "tree", "file", "approval", "attempt")


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [
        *(protect(f"credits_{fact}") for fact in FACTS),
        # A proof is cut out of the nodes: what is stored in slices must not be compressed as a whole.
        migrations.RunSQL("ALTER TABLE credits_tree ALTER COLUMN nodes SET STORAGE EXTERNAL", migrations.RunSQL.noop),
    ]
