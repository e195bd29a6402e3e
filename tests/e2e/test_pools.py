"""An operator looks after prompt pools in a real browser, without a shell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from arena.prompts import formats
from arena.prompts.models import PoolVersion, Prompt
from tests.e2e.looking import LOOKS, violations
from tests.integration.prompts.stage import Operator
from tests.integration.prompts.test_imports import many
from tests.processes import Web
from tests.unit.prompts.files import jsonl, row

# Ten thousand prompts are read five times, beside whatever else the machine does.
pytestmark = pytest.mark.timeout(400)
LONG = 90_000


@pytest.fixture
def olga(request: pytest.FixtureRequest, chromium: Browser, site: Web) -> Iterator[Page]:
    """The window of somebody who may do everything with pools."""
    width, scheme = getattr(request, "param", LOOKS[-1])
    context = chromium.new_context(
        base_url=site.url, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    session = Operator().client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    yield context.new_page()
    context.close()


def file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def make_pool(page: Page, title: str = "House prompts") -> None:
    page.goto("/operator/pools")
    page.get_by_test_id("new-pool").click()
    page.get_by_test_id("pool-title").fill(title)
    expect(page.get_by_test_id("pool-slug")).to_have_value("house-prompts")
    page.get_by_test_id("pool-create").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=LONG)


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_test_id("import-file").set_input_files(file(name, content))


def test_ten_thousand_prompts_are_mended_imported_and_exported(olga: Page, tmp_path: Path) -> None:
    good = many()
    lines: list[Any] = [{**one, "language": "English"} if place % 270 == 11 and place < 37 * 270 else one for place, one in enumerate(good)]
    make_pool(olga)
    choose(olga, "pool.jsonl", jsonl(*lines))
    expect(olga.get_by_test_id("preview-bad")).to_contain_text("37 of 10,000", timeout=LONG)
    expect(olga.get_by_test_id("preview")).to_contain_text("language code")
    expect(olga.get_by_test_id("import-take")).to_have_count(0)
    assert violations(olga) == []
    choose(olga, "pool.jsonl", jsonl(*good, row("double", text=good[0]["text"].upper())))
    expect(olga.get_by_test_id("preview-good")).to_contain_text("10,001", timeout=LONG)
    expect(olga.get_by_test_id("preview-duplicates")).to_contain_text("1 say the same")
    olga.get_by_test_id("import-leave-out").select_option("exact")
    expect(olga.get_by_test_id("import-take")).to_have_text("Import 10,000 changes", timeout=LONG)
    assert violations(olga) == []
    olga.get_by_test_id("import-take").click()
    expect(olga.get_by_test_id("import-done")).to_contain_text("10,000 added", timeout=LONG)
    expect(olga.get_by_test_id("version-1")).to_contain_text("pool.jsonl")
    with olga.expect_download() as download:
        olga.get_by_test_id("export-csv").click()
    download.value.save_as(tmp_path / "pool.csv")
    assert formats.fingerprint(formats.canonical(rows_of(tmp_path / "pool.csv"))) == PoolVersion.objects.get().sha256


def rows_of(path: Path) -> list[formats.Row]:
    with path.open("rb") as opened:
        return [line.row for line in formats.read(opened, "csv", formats.Bounds(size=10**8, rows=10**6, chars=10**5)) if line.row]


def test_a_file_too_large_or_of_no_kind_is_refused_before_it_is_sent(olga: Page) -> None:
    make_pool(olga)
    sent: list[str] = []
    olga.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    olga.evaluate(
        """() => {
            const input = document.querySelector('[data-testid=import-file]');
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(50 * 1024 * 1024)], 'large.csv'));
            input.files = files.files;
            input.dispatchEvent(new Event('change', { bubbles: true }));
        }"""
    )
    expect(olga.get_by_role("alert")).to_contain_text("50 MiB; at most 16 MiB")
    choose(olga, "pool.xlsx", b"PK")
    expect(olga.get_by_role("alert")).to_contain_text(".jsonl, .csv or .parquet")
    assert sent == []
    choose(olga, "pool.csv", b"PK\x03\x04 and more")
    expect(olga.get_by_role("alert")).to_contain_text("zip archive", timeout=LONG)
    assert violations(olga) == []


@pytest.mark.parametrize("olga", LOOKS, indirect=True, ids=lambda look: f"{look[0]}-{look[1]}")
def test_one_prompt_is_added_changed_and_put_away(olga: Page) -> None:
    make_pool(olga)
    choose(olga, "pool.jsonl", jsonl(row("a"), row("b", text="WHAT of a?"), "{"))
    expect(olga.get_by_test_id("preview-duplicates")).to_be_visible(timeout=LONG)
    olga.get_by_test_id("preview-duplicates").locator("summary").click()
    assert violations(olga) == []
    olga.get_by_test_id("prompt-add").click()
    for name, words in (("id", "sky"), ("text", "Why is the sky blue?"), ("category", "facts"), ("language", "english")):
        olga.get_by_test_id(f"prompt-{name}").fill(words)
    olga.get_by_test_id("prompt-save").click()
    expect(olga.get_by_test_id("prompt-language")).to_have_accessible_description(re.compile("language code"), timeout=LONG)
    olga.get_by_test_id("prompt-language").fill("en")
    assert violations(olga) == []
    olga.get_by_test_id("prompt-save").click()
    expect(olga.get_by_test_id("version-1")).to_contain_text("sky", timeout=LONG)
    olga.get_by_role("button", name="Edit sky").click()
    olga.get_by_test_id("prompt-text").fill("Why is the sky red?")
    olga.get_by_test_id("prompt-save").click()
    expect(olga.get_by_test_id("prompts")).to_contain_text("red", timeout=LONG)
    olga.get_by_role("button", name="Edit sky").click()
    olga.get_by_test_id("prompt-away").click()
    expect(olga.get_by_test_id("version-3")).to_be_visible(timeout=LONG)
    assert not Prompt.objects.exclude(pool__slug="starter").get(key="sky").active
