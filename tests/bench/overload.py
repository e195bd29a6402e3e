"""OVERLOAD: ten times as many battles as a process has places for. Those that were let in do not feel it, the others are told at once when to come again."""

import time
from typing import TYPE_CHECKING

from tests.bench import stage
from tests.bench.bar import Bar, middle, quantile, settle

if TYPE_CHECKING:  # it knows the arena, whose settings are read when it is imported: after `stage` has made them
    from tests.bench import traffic

PLACES, TIMES, PACE, WINDOW, RUNS = 30, 10, 50, 2.0, 3


def run() -> list[Bar]:
    with stage.arena() as live:
        from tests.bench import traffic

        with traffic.provider() as provider:
            acting = traffic.Stage.of(live, provider)
            web = traffic.web(live, BATTLES_PER_PROCESS=str(PLACES))
            acting.play(f"steady-{PACE}-{int(2 * WINDOW) + 4}")
            taken = [_once(acting, web.port) for _ in range(RUNS)]
    (value, spread), (bound, _) = middle([one[0] for one in taken]), middle([one[1] for one in taken])
    refusal, again = middle([one[2] for one in taken])[0], middle([one[3] for one in taken])[0]
    reached = value <= 2 * bound and refusal <= 500
    note = f"refused with 503 and Retry-After, 99 of 100 within {refusal:.0f} ms; once places are free {PLACES} more have their first token within {again:.0f} ms"
    return [Bar("OVERLOAD", "p99 of an event, 10x battles", value, bound, "ms", "<= 2", reached, RUNS, spread, note)]


def _once(acting: "traffic.Stage", port: int) -> tuple[float, float, float, float]:
    """Milliseconds: an event's p99 in a full house while nine times as many knock, and while nobody does; a refusal's; a first token's afterwards."""
    from tests.bench import traffic

    with traffic.Readers(port, acting.battles(PLACES), within=0.5) as inside:
        assert not inside.refused
        over = time.monotonic() + 2 * WINDOW + 4
        settle()
        inside.seen()
        time.sleep(WINDOW)
        calm = inside.seen()["late"][1]
        with traffic.Readers(port, acting.battles(PLACES * (TIMES - 1)), within=WINDOW) as knocking:
            pressed = inside.seen()["late"][1]
        assert not knocking.first
        assert all(status == 503 and int(after) >= 1 for status, after, _ in knocking.refused), knocking.refused[:3]
        refusal = quantile([seconds for _, _, seconds in knocking.refused], 0.99)
        time.sleep(max(0.0, over - time.monotonic()))
    settle()
    with traffic.Readers(port, acting.battles(PLACES), within=0.1) as back:
        assert not back.refused, "places did not come free"
        again = max(back.first)
    time.sleep(2 * WINDOW + 4)
    return pressed * 1e3, calm * 1e3, refusal * 1e3, again * 1e3
