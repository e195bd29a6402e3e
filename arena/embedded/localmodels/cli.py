"""The command line, shared by `python -m arena.embedded.localmodels` and `manage.py localmodels`."""

import argparse

from arena.embedded import localmodels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("action", choices=["install", "serve", "status"])
    parser.add_argument(
        "--gemma",
        action="store_true",
        help="install Gemma 3 270M too; by this you accept the Gemma Terms of Use (ai.google.dev/gemma/terms)",
    )


def run(action: str, *, gemma: bool = False) -> None:
    """Do one of install, serve and status, telling people on stdout. Raises EmbeddedError."""
    if action == "install":
        localmodels.install(_say, gemma=gemma)
    elif action == "serve":
        localmodels.serve(progress=_say)
    else:
        _show(localmodels.status())


def _show(status: localmodels.Status) -> None:
    _say("installed" if status.installed else "not installed: run `python manage.py localmodels install`")
    _say(f"available: {', '.join(status.available) or 'none'}")
    _say("being served" if status.serving else "not being served")
    for entry in status.served:
        _say(f"  {entry['slug']} at {entry['base_url']}")


def _say(sentence: str) -> None:
    print(sentence, flush=True)
