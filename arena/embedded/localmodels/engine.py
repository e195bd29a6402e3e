"""One model server. Runs in the second environment, knows nothing of the arena, ends with its parent.

Arguments: parent's process id, weights, name of the model, `chat` or `base`, slots, tokens of context a
slot, threads. Prints one line `listening <address>` when the weights are loaded; ends with code 3 when they
cannot be.
"""

import ctypes
import importlib
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_MOST_TOKENS = 1024
_PROMPT_CACHE_MIB = 256
_ERRORS_ONLY = 1
CANNOT_LOAD = 3
_BASE_TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'user' %}Question: {{ m['content'] }}\n"
    "{% elif m['role'] == 'assistant' %}Answer: {{ m['content'] }}\n\n"
    "{% else %}{{ m['content'] }}\n\n{% endif %}{% endfor %}Answer:"
)
_BASE_STOP = ["\nQuestion:"]


def end_with(parent: int) -> None:
    """End this process when `parent` does: by the kernel on Linux, by looking once a second elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def main(arguments: list[str]) -> None:
    """Serve until killed."""
    parent, weights, name, kind, slots, context, threads = arguments
    end_with(int(parent))
    # Ctrl-C is for the parent, which then stops us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.model_alias = {name}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = int(slots)
    params.n_ctx = int(slots) * int(context)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(threads)
    # For requests that set no limit; the default is none at all.
    params.n_predict = _MOST_TOKENS
    # The default keeps 8 GiB of earlier prompts in memory.
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    # One endpoint shows the prompts of everybody, and none of this is for web pages.
    params.endpoint_slots = params.ui = False
    params.cors_origins = ""
    params.verbosity = _ERRORS_ONLY
    if kind == "base":
        params.chat_template, params.antiprompt = _BASE_TEMPLATE, _BASE_STOP
    try:
        server = xllamacpp.Server(params)
    except RuntimeError:
        sys.exit(CANNOT_LOAD)
    print("listening", server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
