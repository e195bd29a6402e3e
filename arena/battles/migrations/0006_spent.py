from django.db import migrations, models

# Counts an answer when it ends. A provider that told no numbers is taken at four characters a token.
FORWARD = """
CREATE FUNCTION battles_count_spending() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told battles_spent%ROWTYPE;
    read bigint;
    written bigint;
BEGIN
    IF NEW.text = '' AND NEW.reasoning = '' AND NEW.input_tokens IS NULL AND NEW.output_tokens IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(NEW.input_tokens, (length(t.content::text) + 3) / 4) INTO read FROM battles_turn t WHERE t.id = NEW.turn_id;
    written := coalesce(NEW.output_tokens, (length(NEW.text) + length(NEW.reasoning) + 3) / 4);
    SELECT b.voter_id, (read * coalesce(c.price_input, 0) + written * coalesce(c.price_output, 0)) / 1000000
    INTO told.person, told.cost
    FROM battles_side s JOIN battles_battle b ON b.id = s.battle_id JOIN contenders_contender c ON c.id = s.contender_id
    WHERE s.id = NEW.side_id;
    told.day := (coalesce(NEW.finished_at, now()) AT TIME ZONE 'UTC')::date;
    INSERT INTO battles_spent AS x (day, person, slot, tokens, cost)
    VALUES (told.day, told.person, 0, read + written, told.cost)
    ON CONFLICT (day, person, slot) DO UPDATE SET tokens = x.tokens + EXCLUDED.tokens, cost = x.cost + EXCLUDED.cost;
    -- Both answers of a turn share a slot: a transaction that ends both never waits for another in a ring.
    INSERT INTO battles_spent AS x (day, person, slot, tokens, cost)
    VALUES (told.day, '00000000-0000-0000-0000-000000000000', NEW.turn_id % 8, read + written, told.cost)
    ON CONFLICT (day, person, slot) DO UPDATE SET tokens = x.tokens + EXCLUDED.tokens, cost = x.cost + EXCLUDED.cost;
    RETURN NULL;
END $$;
CREATE TRIGGER battles_answer_spending AFTER UPDATE OF status ON battles_answer FOR EACH ROW
WHEN (OLD.status = 'streaming' AND NEW.status <> 'streaming') EXECUTE FUNCTION battles_count_spending();
"""
BACKWARD = "DROP TRIGGER battles_answer_spending ON battles_answer; DROP FUNCTION battles_count_spending();"


class Migration(migrations.Migration):
    dependencies = [("battles", "0005_erasure_fact")]
    operations = [
        migrations.CreateModel(
            name="Spent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("person", models.UUIDField()),
                ("slot", models.PositiveSmallIntegerField()),
                ("tokens", models.BigIntegerField()),
                ("cost", models.DecimalField(decimal_places=9, help_text="USD.", max_digits=20)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["day", "person", "slot"], name="spent_once")]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
