"""The README's pictures, taken of the demo with headless Chromium: `make screenshots`."""

from __future__ import annotations

import io
import json
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from handlers.demo import Demo
from tests.browser.conftest import CHROMIUM, LAUNCH

SIZE: ViewportSize = {"width": 1100, "height": 820}
LARGEST = 300_000  # bytes, so that the repository stays small

Json = dict[str, Any]


def state(demo: Demo, person: str = "") -> Json:
    """What the page knows as this person."""
    with urllib.request.urlopen(f"{demo.page_url}sandbox/state?as={person}") as answer:
        known: Json = json.load(answer)
        return known


def with_digest(demo: Demo) -> str:
    """The id of somebody who was sent a digest with a picture."""
    for person in state(demo)["people"]:
        for conversation in state(demo, person["id"])["conversations"]:
            blocks = [block for m in conversation["messages"] for block in m.get("blocks", [])]
            if conversation["kind"] == "im" and any(block["type"] == "image" for block in blocks):
                found: str = person["id"]
                return found
    raise SystemExit("Nobody was sent a digest with a picture this week.")


def keep(page: Page, path: Path) -> None:
    """Writes the picture in few colours, which halves its size; SystemExit where it is still too large."""
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}.")


def main(folder: Path) -> None:
    """Takes every picture anew."""
    if CHROMIUM is None:
        raise SystemExit("There is no Chromium on this machine.")
    folder.mkdir(parents=True, exist_ok=True)
    with Demo() as demo, sync_playwright() as playwright:
        demo.send_digests()
        demo.start_bot()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH)
        page = browser.new_page(
            viewport=SIZE, device_scale_factor=1.5, locale="en-GB", reduced_motion="reduce"
        )
        page.goto(f"{demo.page_url}?as={with_digest(demo)}&at=dm")
        page.locator(".picture img").last.wait_for()
        page.wait_for_function("[...document.images].every(image => image.complete)")
        page.locator("#stage h3").last.evaluate("title => title.scrollIntoView({block: 'start'})")
        keep(page, folder / "digest.png")
        if state(demo)["home_tab"]:
            page.get_by_role("button", name="Home").click()
            page.locator("#home h3").first.wait_for()
            trends = page.get_by_role("button", name="Show my trends")
            if trends.is_visible():
                trends.click()
                page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
                # It is sent as a message first, because Slack shows nobody a picture that was not shared.
                page.get_by_role("button", name=re.compile("^R? ?Rounds")).last.click()
                page.locator("#messages figure").nth(1).wait_for()
                page.get_by_role("button", name="Home").click()
                page.locator("#home .picture img").wait_for()
            page.wait_for_function("[...document.images].every(image => image.complete)")
            page.mouse.move(0, 0)
            keep(page, folder / "home.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
