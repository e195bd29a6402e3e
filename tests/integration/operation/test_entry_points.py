"""What every process of the arena is when it has started."""

import os
import subprocess
import sys

import pytest

from arena.embedded.paths import checkout


@pytest.mark.parametrize(
    "start",
    [
        "import arena.asgi",
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'arena.settings'; django.setup(); import arena.asgi",
        "import manage, sys; sys.argv = ['manage.py', 'help', 'worker']; manage.main()",
    ],
    ids=["web", "web-beside", "command"],
)
def test_a_process_that_has_started_collects_garbage_but_not_among_what_it_imported(start: str) -> None:
    asked = f"{start}; import gc; print(gc.isenabled(), gc.get_freeze_count() > 50_000)"
    environ = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SECRET_KEY": "key" * 20}
    told = subprocess.run([sys.executable, "-c", asked], cwd=checkout(), env=environ, capture_output=True, text=True, check=True)
    assert told.stdout.split()[-2:] == ["True", "True"]
