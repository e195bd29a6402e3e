"""The examples of docs/API.md, run as they stand there, against a running arena."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.integration.clients.conftest import SOURCE, Running
from tests.processes import ROOT

EXAMPLE = re.compile(r"```(sh|python|js)\n(.*?)```", re.DOTALL)
TEXT = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
EXAMPLES = EXAMPLE.findall(TEXT.partition("## Five minutes")[2].partition("\n## ")[0])
# In the order of the document: what each must have printed.
TOLD = [
    r"rank,rank_low,.*\n1,\d,.*(amber|birch|cedar|dune)-7",
    r"1 (Amber|Birch|Cedar|Dune)-7 \d+\.\d{9}(.|\n)*Evenhand: board Overall, log entry \d+, ",
    r"1 (Amber|Birch|Cedar|Dune)-7 \d+\.\d{9}",
    r"^304\n$",
    r'(?i)ratelimit-policy: "key";q=20000;w=3600\s+ratelimit: "key";r=199\d\d;t=\d+',
    r'"key";r=\d+;t=\d+ 6',
    r"board-overall.csv: OK\n(.|\n)*head-to-head-overall.csv: OK",
    r"manifest.json\nboard-overall.csv\n(.|\n)*'rank': \d",
    r"\d+ (Amber|Birch|Cedar|Dune)-7",
]


def test_every_language_has_its_examples() -> None:
    assert len(EXAMPLES) == len(TOLD)
    assert {language for language, _ in EXAMPLES} == {"sh", "python", "js"}


def test_the_page_for_developers_shows_the_same_examples() -> None:
    shown = json.loads((ROOT / "frontend" / "src" / "lib" / "vendor" / "examples.json").read_text(encoding="utf-8"))
    assert {(example["language"], example["text"] + "\n") for example in shown} <= set(EXAMPLES)
    assert len(shown) > 5


def test_the_examples_do_what_they_say(running: Running, folder: Path) -> None:
    environment = {**os.environ, "ARENA": running.url, "KEY": running.key, "PYTHONPATH": str(SOURCE)}
    for (language, text), told in zip(EXAMPLES, TOLD, strict=True):
        text = re.sub(r"^export ARENA=\S+\n", "", text)
        program = folder / {"sh": "example.sh", "python": "example.py", "js": "example.mjs"}[language]
        program.write_text(text)
        command = {"sh": ["bash", "-e"], "python": [sys.executable], "js": ["node"]}[language]
        done = subprocess.run([*command, program.name], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (text, done.stderr)
        assert re.search(told, done.stdout), (text, done.stdout)
