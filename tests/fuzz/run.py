"""A fuzz run: requests made up from the OpenAPI schema, asked by each role in turn, every reply held against the schema."""

import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import allauth
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from requests.exceptions import InvalidHeader, InvalidURL
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from tests.fuzz import asking
from tests.fuzz.people import ROLES, Person, Things
from tests.integration.http import contract

CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
ACCOUNTS = Path(allauth.__file__).parent / "headless" / "spec" / "doc" / "openapi.yaml"
ALLAUTH = "/_allauth/"
EXAMPLES = 10
# Of what ends a person, most is left out: whoever is gone has to arrive anew, which takes longer than a hundred requests.
ENDING = {
    ("DELETE", "/api/v1/me"): 0.05,
    ("DELETE", "/_allauth/{client}/v1/auth/session"): 0.05,
    ("POST", "/_allauth/{client}/v1/auth/signup"): 0.3,
}
REFRESH = 150


@dataclass(slots=True)
class Findings:
    """What was asked and answered, and what was wrong with it."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    operations: Counter[str] = field(default_factory=Counter)
    successes: Counter[str] = field(default_factory=Counter)
    arrivals: Counter[str] = field(default_factory=Counter)
    reconnects: int = 0
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def fail(self, kind: str, told: str) -> None:
        self.failures[kind].append(told)


def _operations() -> list[Any]:
    """Those of our schema, and those of allauth's own one: what it promises is its business, but none of it may be a fault."""
    documents: list[Any] = [contract.schema(), schemathesis.openapi.from_path(ACCOUNTS).raw_schema]
    results: list[Any] = [result for one in documents for result in schemathesis.openapi.from_dict(one).get_all_operations()]
    return [result.ok() for result in results]


class Run:
    """`requests_` requests of the seeded choice, shared evenly among the roles and, within one, among the schema's operations."""

    def __init__(self, url: str, *, requests_: int, seed: int):
        self.url, self.wanted, self.seed = url, requests_, seed
        self.rng = random.Random(seed)
        self.found = Findings()
        common = Things()
        self.people = {role: Person(url, role, random.Random(f"{seed}-{role}"), common) for role in ROLES}
        self.operations = _operations()
        self.plays = [self._play(operation, mode) for operation in self.operations for mode in GenerationMode]

    def play(self) -> None:
        """Ask until there was enough of it."""
        for person in self.people.values():
            self._arrive(person)
        for number in itertools.count():
            pairs = [(person, play) for person in self.people.values() for play in self.plays]
            self.rng.shuffle(pairs)
            for person, play in pairs:
                if self._is_enough():
                    return
                play(person, EXAMPLES, f"{self.seed}-{number}")

    def _is_enough(self) -> bool:
        return self.found.requests.total() >= self.wanted

    def _play(self, operation: Any, mode: GenerationMode) -> Callable[[Person, int, str], None]:
        """Ask for one operation, well or badly, some times; nothing is made up where nothing can be bad."""
        strategy = operation.as_strategy(generation_mode=mode)

        def play(person: Person, examples: int, seed: str) -> None:
            @hypothesis.seed(f"{seed}-{person.role}")
            @hypothesis.settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @hypothesis.given(case=strategy)
            def ask(case: Any) -> None:
                self._ask(case, person)

            try:
                ask()
            except hypothesis.errors.Unsatisfiable:
                pass  # an operation without parameters cannot be asked for badly

        return play

    def _ask(self, case: Any, person: Person) -> None:
        if self._is_enough() or self.rng.random() >= ENDING.get((case.method, case.path), 1):
            return
        sent, name = asking.request(case, person, self.rng), f"{case.method} {case.path}"
        if (reply := self._reply(person, sent, name)) is None:
            return
        self.found.requests[person.role] += 1
        self.found.statuses[person.role][reply.status_code] += 1
        self.found.operations[name] += 1
        self.found.successes[name] += reply.ok
        self._judge(case, reply, person, as_meant=sent["method"] == case.method)
        self._keep(person, reply)

    def _reply(self, person: Person, sent: dict[str, Any], name: str) -> requests.Response | None:
        """What is answered, on a fresh connection when one that had idled was just being closed; None when nothing was asked, or answered."""
        for last in (False, True):
            try:
                return person.browser.request(**sent)
            except (InvalidHeader, InvalidURL):
                return None  # what no client can send asks nothing of a server
            except requests.RequestException as error:
                if last or "RemoteDisconnected" not in repr(error):
                    self.found.fail(f"no reply: {name}", f"{person.role} {sent} {error!r}")
                    return None
                self.found.reconnects += 1
        raise AssertionError

    def _judge(self, case: Any, reply: requests.Response, person: Person, *, as_meant: bool) -> None:
        """Hold a reply against the schema; one to another method than was meant need only be no fault."""
        told = f"{person.role} {reply.request.method} {reply.request.path_url} {reply.request.body!r:.300} -> {reply.status_code} {reply.text[:400]}"
        if reply.status_code >= 500 and not as_meant:
            self.found.fail("server error", told)
        if not as_meant:
            return
        try:
            case.validate_response(reply, checks=CHECKS[:1] if case.path.startswith(ALLAUTH) else CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.found.fail(f"{failure.title}: {case.method} {case.path}", told)
        except Failure as failure:
            self.found.fail(f"{failure.title}: {case.method} {case.path}", told)
        try:
            path = reply.request.path_url.partition("?")[0]
            contract.check(case.method, path, reply.status_code, reply.headers.get("Content-Type", ""), reply.content)
        except (AssertionError, ValueError) as wrong:
            self.found.fail(f"not as promised: {case.method} {case.path}", f"{told}: {wrong}")

    def _keep(self, person: Person, reply: requests.Response) -> None:
        """Nobody stays away for good, and there is always something left to ask about."""
        path = reply.request.path_url
        known = person.role != "stranger"
        lost = known and reply.status_code == 401 and not path.startswith(ALLAUTH)
        # allauth's answer to signing out is 401.
        done = reply.ok or (known and reply.status_code == 401)
        changed = done and reply.request.method not in ("GET", "HEAD") and path.startswith(("/api/v1/me", ALLAUTH))
        if lost or changed:
            if person.is_gone():
                self._arrive(person)
        elif self.found.requests[person.role] % REFRESH == 0 and person.role != "stranger":
            person.refresh()

    def _arrive(self, person: Person) -> None:
        person.arrive()
        self.found.arrivals[person.role] += 1

    def summary(self, begun: float) -> str:
        """What happened, for a person to read."""
        total, seconds = self.found.requests.total(), time.monotonic() - begun
        lines = [f"{total} requests in {seconds:.0f} s ({total / seconds:.0f}/s), seed {self.seed}, {len(self.operations)} operations"]
        for role in ROLES:
            statuses = " ".join(f"{status}:{count}" for status, count in sorted(self.found.statuses[role].items()))
            lines.append(f"  {role:<9}{self.found.requests[role]:>7}  arrived {self.found.arrivals[role]:>4}  {statuses}")
        never = sorted(name for name in self.found.operations if not self.found.successes[name])
        lines.append(f"  connections that had idled away: {self.found.reconnects}")
        lines.append(f"  operations that never succeeded: {', '.join(never) or 'none'}")
        lines.append(f"  failures: {sum(map(len, self.found.failures.values()))}")
        for kind, told in sorted(self.found.failures.items()):
            lines += [f"  {len(told)} x {kind}", *(f"      {line}" for line in told[:3])]
        return "\n".join(lines)
