"""A development chain on this machine: anvil, its state kept in the data folder, for anybody who runs the arena without a chain of their own.

anvil writes its whole state in place, once a second: a kill in the middle leaves a file that it will never read again. So each state that
is whole is kept under another name, and the newest whole one is what it starts from.
"""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from arena.embedded import children, locks, paths
from arena.embedded.errors import EmbeddedError

CHAIN_ID = 31337
FIRST_PORT = 8545
PORTS_TRIED = 100
SAVE_SECONDS = 1
STOP_SECONDS = 5.0
INSTALL = "Run `cd contracts && npm ci` (Node 20.19 or newer), or set CHAIN_RPC_URL."
_PLATFORMS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def find_program(checkout: Path | None = None) -> Path:
    """anvil itself, out of the npm package that carries it. Raises EmbeddedError, which says what to do, when it is not installed."""
    kind = _PLATFORMS.get(platform.machine().lower(), platform.machine().lower())
    name = f"anvil-{sys.platform}-{kind}"
    program = (checkout or paths.checkout()) / "contracts" / "node_modules" / "@foundry-rs" / name / "bin" / "anvil"
    if not os.access(program, os.X_OK):
        raise EmbeddedError(f"The development chain (anvil) is not installed. {INSTALL}")
    return program


def arguments(program: Path, port: int) -> list[str]:
    """anvil on this machine alone, with our chain id and nothing said about its well-known keys."""
    return [str(program), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID), "--silent"]


def choose_port(environ: Mapping[str, str] = os.environ) -> int:
    """The port of this checkout's chain: the one it had before, else 8545, else the next free one. Wallets remember it.

    Raises EmbeddedError when none of a hundred is free.
    """
    folder = paths.data_dir(environ)
    folder.mkdir(parents=True, exist_ok=True)
    remembered = folder / "anvil.port"
    before: list[int] = []
    try:
        before.append(int(remembered.read_text()))
    except (FileNotFoundError, ValueError):
        pass
    if before and locks.is_held(folder / "anvil.lock"):
        return before[0]
    port: int
    for port in [*before, *range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)]:
        if _is_free(port):
            fresh = remembered.with_suffix(".port.part")
            fresh.write_text(str(port))
            fresh.replace(remembered)
            return port
    raise EmbeddedError(f"No port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} is free for the development chain.")


def url(environ: Mapping[str, str] = os.environ) -> str:
    """Where this checkout's chain is being served now; empty when it is not."""
    folder = paths.data_dir(environ)
    if not locks.is_held(folder / "anvil.lock"):
        return ""
    try:
        return f"http://127.0.0.1:{int((folder / 'anvil.port').read_text())}"
    except (FileNotFoundError, ValueError):
        return ""


def answers(address: str) -> bool:
    """Whether a chain answers at `address` and is the development chain."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 (our own address)
    try:
        with urllib.request.urlopen(request, timeout=2) as reply:  # noqa: S310  # nosec B310
            return bool(json.load(reply)["result"] == hex(CHAIN_ID))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def serve(environ: Mapping[str, str] = os.environ) -> int:
    """Run the chain until SIGINT or SIGTERM; blocks, and must be called in the main thread. Returns anvil's exit code.

    Raises EmbeddedError when it is not installed or is being served already.
    """
    program, port, folder = find_program(), choose_port(environ), paths.data_dir(environ)
    lock = locks.hold(folder / "anvil.lock", wait=False)
    if lock is None:
        raise EmbeddedError("The development chain of this checkout is running already.")
    state = folder / "anvil.json"
    restore(state)
    parent = os.getpid()
    child = subprocess.Popen(
        [*arguments(program, port), "--state", str(state), "--state-interval", str(SAVE_SECONDS)],
        start_new_session=True,
        preexec_fn=lambda: children.die_with_parent(parent),
    )
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: asked.append(got))
    print(f"The development chain is at http://127.0.0.1:{port} (chain {CHAIN_ID})", flush=True)
    while child.poll() is None and not asked:
        time.sleep(SAVE_SECONDS / 2)
        keep(state)
    code = _stop(child)
    keep(state)
    locks.release(lock)
    return 0 if asked else code


def _stop(child: subprocess.Popen[bytes]) -> int:
    """End anvil, which saves its state once more."""
    child.send_signal(signal.SIGTERM)
    try:
        return child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def restore(state: Path) -> None:
    """Put the last whole state in the place of one that is not whole."""
    kept = _kept(state)
    if state.exists() and not _is_whole(state.read_bytes()) and kept.exists():
        print("The chain's state was cut off while it was written; the last whole one is taken.", flush=True)
        _write(state, kept.read_bytes())


def keep(state: Path) -> None:
    """Keep a copy of the state when it is another than the kept one, and whole: not in the middle of being written."""
    kept = _kept(state)
    try:
        content = state.read_bytes()
    except FileNotFoundError:
        return
    if (not kept.exists() or kept.read_bytes() != content) and _is_whole(content):
        _write(kept, content)


def _kept(state: Path) -> Path:
    return state.with_suffix(".whole.json")


def _is_whole(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.part")
    fresh.write_bytes(content)
    fresh.replace(path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
        return True


if __name__ == "__main__":
    try:
        sys.exit(serve())
    except EmbeddedError as error:
        sys.exit(str(error))
