"""The whole arena on this machine: database, chain, local models, web, projector and worker, started in order and kept alive."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from arena.embedded import CHAIN, EmbeddedError, localchain, localmodels, supervisor
from arena.management.commands import web
from arena.providers import vault

PYTHON = sys.executable
MANAGE = str(settings.BASE_DIR / "manage.py")
LOOK_SECONDS = 0.5
DEPLOY_AGAIN_SECONDS = 5.0


def processes(host: str, port: int, *, models: bool, chain: bool = False) -> list[supervisor.Process]:
    """The arena's processes, in the order in which they start."""
    anvil = [supervisor.Process("chain", [PYTHON, "-m", localchain.__name__], env=_from_here())] if chain else []
    serve = [supervisor.Process("models", [PYTHON, MANAGE, "localmodels", "serve"])] if models else []
    uvicorn, patience = web.uvicorn()
    listen = ["--host", host, "--port", str(port)]
    return [
        *anvil,
        *serve,
        supervisor.Process("web", [*uvicorn, *listen], grace=patience),
        supervisor.Process("projector", [PYTHON, MANAGE, "projector"], env=_metrics_port(0)),
        supervisor.Process("worker", [PYTHON, MANAGE, "worker"], env=_metrics_port(1)),
    ]


def _from_here() -> dict[str, str]:
    """The environment of a process that finds the arena's packages wherever it was started."""
    return dict(os.environ, PYTHONPATH=str(settings.BASE_DIR))


def _metrics_port(nth: int) -> dict[str, str] | None:
    """The environment of the n-th process that serves its metrics on a port of its own: each gets another port."""
    return dict(os.environ, METRICS_PORT=str(settings.METRICS_PORT + nth)) if settings.METRICS_PORT else None


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-models", action="store_true", help="Do not install or serve the local models.")
        parser.add_argument("--no-chain", action="store_true", help="Do not run the development chain.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.started = time.monotonic()
        self._say("Preparing the tables ...")
        call_command("migrate", interactive=False, verbosity=0)
        if refusal := vault.trouble():
            raise CommandError(refusal)
        call_command("seed", stdout=self.stderr)
        models = not options["no_models"] and self._install_models()
        host = "127.0.0.1" if options["host"] == "0.0.0.0" else options["host"]  # noqa: S104 (the operator asked)  # nosec B104
        address = f"http://{host}:{options['port']}"
        watcher = threading.Thread(target=self._watch, args=(address, models), daemon=True)
        watcher.start()
        chain = bool(settings.CHAIN_RPC_URL) and os.environ.get(CHAIN) == settings.CHAIN_RPC_URL
        if chain:
            threading.Thread(target=self._deploy, daemon=True).start()
        raise SystemExit(supervisor.run(processes(options["host"], options["port"], models=models, chain=chain)))

    def _say(self, sentence: str) -> None:
        self.stderr.write(f"[{time.monotonic() - self.started:5.1f} s] {sentence}")

    def _install_models(self) -> bool:
        """Install the local models; without them the page says how to set a provider."""
        try:
            localmodels.install(self._say)
        except EmbeddedError as error:
            self._say(f"The local models are left out. {error}")
            return False
        return True

    def _deploy(self) -> None:
        """Put the contracts onto the development chain once it answers, or find them there. The arena is open meanwhile."""
        before: list[str] = []
        while True:
            while not localchain.answers(settings.CHAIN_RPC_URL):
                time.sleep(LOOK_SECONDS)
            done = subprocess.run([PYTHON, MANAGE, "deploy_contracts"], capture_output=True, text=True, check=False)
            said = (done.stderr if done.returncode else done.stdout).strip().splitlines()[-12:]
            for line in said if said != before else ():
                self._say(f"Contracts: {line}")
            if not done.returncode:
                return
            before = said
            time.sleep(DEPLOY_AGAIN_SECONDS)

    def _watch(self, address: str, models: bool) -> None:
        """Say when the arena is open, and keep its catalogue in step with the local models that run."""
        while not _answers(f"{address}/readyz"):
            time.sleep(LOOK_SECONDS)
        seen: list[dict[str, object]] = []
        waiting = models
        if not waiting:
            self._say(f"The arena is open: {address}")
        while True:
            served = localmodels.status().served if models else []
            if served != seen and self._seed():
                seen = served
                if waiting:
                    waiting = False
                    self._say(f"The arena is open: {address}")
            time.sleep(LOOK_SECONDS)

    def _seed(self) -> bool:
        try:
            call_command("seed", stdout=self.stderr)
        except Error as error:
            self._say(f"The catalogue could not be brought up to date, trying again: {error}")
            return False
        return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 (our own address)  # nosec B310
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
