from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("battles", "0006_spent")]
    operations = [
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(fields=["turn"], condition=models.Q(status="streaming"), name="answer_streaming"),
        ),
    ]
