import arena.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_id', models.BigIntegerField()),
                ('number', models.BigIntegerField()),
                ('hash', models.CharField(max_length=66)),
                ('parent', models.CharField(max_length=66)),
                ('time', models.DateTimeField()),
                ('canonical', models.BooleanField(default=True)),
                ('final', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('chain_id', 'hash'), name='block_once'), models.UniqueConstraint(condition=models.Q(('canonical', True)), fields=('chain_id', 'number'), name='block_canonical_once')],
            },
        ),
        migrations.CreateModel(
            name='Deployment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_id', models.BigIntegerField()),
                ('name', models.CharField(help_text='stablecoin, credits, log or timelock', max_length=20)),
                ('address', models.CharField(help_text='EIP-55 checksummed.', max_length=42)),
                ('transaction', models.CharField(blank=True, help_text='What deployed it; empty for a contract that was there before.', max_length=66)),
                ('block', models.BigIntegerField(help_text='From which block on its events are read.')),
                ('code_hash', models.CharField(help_text='keccak256 of the code that stands at the address.', max_length=66)),
                ('at', models.DateTimeField(default=arena.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('chain_id', 'name', 'address'), name='deployment_once')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_id', models.BigIntegerField()),
                ('contract', models.CharField(max_length=42)),
                ('name', models.CharField(max_length=40)),
                ('args', models.JSONField(help_text='By name; whole numbers as decimal strings, bytes as 0x hex, addresses checksummed.')),
                ('block_number', models.BigIntegerField()),
                ('block_hash', models.CharField(max_length=66)),
                ('transaction', models.CharField(max_length=66)),
                ('log_index', models.IntegerField()),
                ('time', models.DateTimeField()),
                ('canonical', models.BooleanField(default=True)),
                ('final', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['chain_id', 'contract', 'name', 'block_number'], name='event_by_name')],
                'constraints': [models.UniqueConstraint(fields=('chain_id', 'block_hash', 'log_index'), name='event_once')],
            },
        ),
    ]
