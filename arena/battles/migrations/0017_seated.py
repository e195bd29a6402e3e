import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('battles', '0016_reward_policy'),
    ]

    operations = [
        migrations.CreateModel(
            name='Seated',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(help_text='Salted hash of the panel and the network: another one on every panel.', max_length=64)),
                ('panel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='battles.panel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('panel', 'network'), name='seated_once')],
            },
        ),
    ]
