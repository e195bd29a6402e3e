"""S5: what a stream costs that is held open while nothing comes, and what the whole of a waiting battle costs."""

from tests.bench import stage
from tests.bench.bar import Bar, resident_bytes, settle, threads

STREAMS, BATTLES, WITHIN, MOST = 2000, 1000, 10.0, 30_000


def run() -> list[Bar]:
    with stage.arena() as live:
        from tests.bench import traffic

        with traffic.provider() as provider:
            acting = traffic.Stage.of(live, provider)
            web = traffic.web(live)
            pid = web.process.pid

            def held(requests: list[str]) -> tuple[traffic.Readers, float]:
                """Readers of these, and the bytes that each takes."""
                before = resident_bytes(pid)
                readers = traffic.Readers(web.port, requests, within=WITHIN)
                assert not readers.refused, readers.refused[:3]
                settle(1.5)
                return readers, (resident_bytes(pid) - before) / len(requests)

            few = acting.battles(20)
            with held(few)[0]:  # what is made once is made now
                made = threads(pid)
                streams, each = held(few * (STREAMS // len(few)))
                with streams:
                    extra = threads(pid) - made
                    battles, whole = held(acting.battles(BATTLES))
                    with battles:
                        extra = max(extra, threads(pid) - made)
    note = f"{extra} extra threads; a whole battle, with its reader and two held connections to a provider, {whole:.0f} bytes"
    return [Bar("S5", "idle held stream", each, MOST, "bytes", "<= 1, 0 threads", each <= MOST and not extra, 1, (each, each), note)]
