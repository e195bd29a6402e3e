"""What a page is looked at for: rules of axe, things that stand out of the window, and pictures for whoever wants to see it."""

import os
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page

from tests.processes import ROOT

Scheme = Literal["light", "dark"]
# Each width and each scheme once: what breaks a layout is the width, and what breaks a contrast the scheme.
LOOKS: list[tuple[int, Scheme]] = [(390, "light"), (1440, "dark")]
AXE = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text()
# Where pictures of the pages are kept; none where it is not set.
PICTURES = os.environ.get("PICTURES", "")


def new_window(chromium: Browser, url: str, width: int = 1440, scheme: Scheme = "light", height: int = 900) -> BrowserContext:
    """A new visitor's window."""
    return chromium.new_context(base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, with the first place of each."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert found["passes"], "axe looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:240]}" for one in found["violations"]]


def fits(page: Page) -> bool:
    """Nothing stands out of the window to its side."""
    wide: bool = page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return wide


def picture(page: Page, name: str) -> None:
    """Kept where PICTURES says, under its name, width and colour scheme."""
    if PICTURES:
        width = page.viewport_size["width"] if page.viewport_size else 0
        scheme = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=True)
