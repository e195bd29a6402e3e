from importlib import import_module

from django.db import migrations

_BEFORE = import_module("arena.battles.migrations.0006_spent")
# As in 0006_spent, and beside it what the pool of the prompt has used up. Copies of answers, for another voter, are never `streaming`:
# they cost nothing.
FORWARD = """
CREATE OR REPLACE FUNCTION battles_count_spending() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told battles_spent%ROWTYPE;
    read bigint;
    written bigint;
    pool bigint;
BEGIN
    IF NEW.text = '' AND NEW.reasoning = '' AND NEW.input_tokens IS NULL AND NEW.output_tokens IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(NEW.input_tokens, (length(t.content::text) + 3) / 4) INTO read FROM battles_turn t WHERE t.id = NEW.turn_id;
    written := coalesce(NEW.output_tokens, (length(NEW.text) + length(NEW.reasoning) + 3) / 4);
    SELECT b.voter_id, (read * coalesce(c.price_input, 0) + written * coalesce(c.price_output, 0)) / 1000000, p.pool_id
    INTO told.person, told.cost, pool
    FROM battles_side s JOIN battles_battle b ON b.id = s.battle_id JOIN contenders_contender c ON c.id = s.contender_id
    LEFT JOIN prompts_prompt p ON p.id = b.prompt_id
    WHERE s.id = NEW.side_id;
    told.day := (coalesce(NEW.finished_at, now()) AT TIME ZONE 'UTC')::date;
    INSERT INTO battles_spent AS x (day, person, slot, tokens, cost)
    VALUES (told.day, told.person, 0, read + written, told.cost)
    ON CONFLICT (day, person, slot) DO UPDATE SET tokens = x.tokens + EXCLUDED.tokens, cost = x.cost + EXCLUDED.cost;
    -- Both answers of a turn share a slot: a transaction that ends both never waits for another in a ring.
    INSERT INTO battles_spent AS x (day, person, slot, tokens, cost)
    VALUES (told.day, '00000000-0000-0000-0000-000000000000', NEW.turn_id % 8, read + written, told.cost)
    ON CONFLICT (day, person, slot) DO UPDATE SET tokens = x.tokens + EXCLUDED.tokens, cost = x.cost + EXCLUDED.cost;
    IF pool IS NOT NULL THEN
        INSERT INTO prompts_pooluse AS x (pool_id, slot, votes, points, cost) VALUES (pool, NEW.turn_id % 8, 0, 0, told.cost)
        ON CONFLICT (pool_id, slot) DO UPDATE SET cost = x.cost + EXCLUDED.cost;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION battles_count_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Slots of their own: whoever writes an answer waits for no voter.
    INSERT INTO prompts_pooluse AS x (pool_id, slot, votes, points, cost)
    SELECT p.pool_id, 8 + (hashtext(NEW.id::text) & 7), 1, NEW.award, 0
    FROM battles_battle b JOIN prompts_prompt p ON p.id = b.prompt_id WHERE b.id = NEW.battle_id
    ON CONFLICT (pool_id, slot) DO UPDATE SET votes = x.votes + 1, points = x.points + EXCLUDED.points;
    RETURN NULL;
END $$;
CREATE TRIGGER battles_vote_pool_use AFTER INSERT ON battles_vote FOR EACH ROW
WHEN (NEW.outcome <> 'skip') EXECUTE FUNCTION battles_count_vote();

-- What was used before this was counted.
INSERT INTO prompts_pooluse (pool_id, slot, votes, points, cost)
SELECT p.pool_id, 8, count(*), sum(v.award), 0
FROM battles_vote v JOIN battles_battle b ON b.id = v.battle_id JOIN prompts_prompt p ON p.id = b.prompt_id
WHERE v.outcome <> 'skip' GROUP BY p.pool_id;
INSERT INTO prompts_pooluse (pool_id, slot, votes, points, cost)
SELECT p.pool_id, 0, 0, 0,
       sum((coalesce(a.input_tokens, 0) * coalesce(c.price_input, 0) + coalesce(a.output_tokens, 0) * coalesce(c.price_output, 0)) / 1000000)
FROM battles_answer a JOIN battles_side s ON s.id = a.side_id JOIN battles_battle b ON b.id = s.battle_id
JOIN contenders_contender c ON c.id = s.contender_id JOIN prompts_prompt p ON p.id = b.prompt_id
WHERE a.status <> 'streaming' GROUP BY p.pool_id;
"""
BACKWARD = f"DROP TRIGGER battles_vote_pool_use ON battles_vote; DROP FUNCTION battles_count_vote(); {_BEFORE.BACKWARD} {_BEFORE.FORWARD}"


class Migration(migrations.Migration):
    dependencies = [("battles", "0013_panel"), ("prompts", "0003_serving")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
