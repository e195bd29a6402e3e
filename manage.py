#!/usr/bin/env python3
"""The arena's command line. Starts the embedded PostgreSQL first when no DATABASE_URL is set; `run` has a development chain too."""

import gc
import os
import sys

from arena import embedded

WITHOUT_DATABASE = {"localmodels", "spectacular", "makemessages", "help", "--version", "collectstatic", "verify_epoch"}


def main() -> None:
    gc.disable()  # until all is imported, see arena/apps.py
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
    if not WITHOUT_DATABASE & set(sys.argv[1:2]):
        if sys.argv[1:2] == ["run"] and "--no-chain" not in sys.argv:
            embedded.prepare_chain()
        embedded.prepare()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
