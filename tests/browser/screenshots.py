"""The README's pictures, taken of the demo with headless Chromium: `make screenshots`."""

from __future__ import annotations

import io
import json
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from handlers.demo import Demo
from tests.browser.conftest import CHROMIUM, LAUNCH

SIZE: ViewportSize = {"width": 1100, "height": 820}
QUIET = 4.0  # seconds
LARGEST = 300_000  # bytes, so that the repository stays small

IDEA = "On late shifts we eat at the desk. Could there be a break room with a door?"

# Whose digest is of few cases, and who can look through many.
FEW_CASES, MANY_CASES = "Nkechi Eze", "Rebecca Thornton"

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
            digests = [m for m in conversation["messages"] if m["text"].startswith("Your week in care")]
            blocks = [block for m in digests for block in m.get("blocks", [])]
            if conversation["kind"] == "im" and any(block["type"] == "image" for block in blocks):
                found: str = person["id"]
                return found
    raise SystemExit("Nobody was sent a digest with a picture this week.")


def settled(demo: Demo) -> None:
    """Waits until the cards are in the channels: until no new message has come for some seconds."""
    before, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET:
        time.sleep(0.5)
        leaders = [one["id"] for one in state(demo)["people"] if "leads" in one["title"]]
        there = [conversation for one in leaders for conversation in state(demo, one)["conversations"]]
        count = sum(len(conversation["messages"]) for conversation in there)
        if count != before:
            before, since = count, time.monotonic()


def busiest(demo: Demo, what: str) -> tuple[str, str]:
    """A leading nurse and the channel of theirs in which most messages have this in them."""
    found: list[tuple[int, str, str]] = []
    for person in state(demo)["people"]:
        if not person["title"].startswith("nurse, leads"):
            continue
        for conversation in state(demo, person["id"])["conversations"]:
            said = [json.dumps(message) for message in conversation["messages"]]
            if count := sum(what in one for one in said):
                found.append((count, person["id"], conversation["id"]))
    if not found:
        raise SystemExit(f"No channel of a leader has a message with “{what}” in it.")
    return max(found)[1:]


def ideas(demo: Demo, page: Page, folder: Path) -> None:
    """The cards in a ward's channel, the form, a leader's board, and the month's message."""
    leader, channel = busiest(demo, "*Being tested*")
    page.goto(f"{demo.page_url}?as={leader}&at={channel}")
    to_top(page, "Being tested")
    keep(page, folder / "idea-card.png")
    page.get_by_role("textbox", name="Message to").fill("/idea " + IDEA)
    page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Hand in an idea")
    form.get_by_text("Is it one of these?").wait_for()
    keep(page, folder / "idea-form.png")
    form.get_by_role("button", name="Cancel").click()
    leader, _ = busiest(demo, " was due ")
    page.goto(f"{demo.page_url}?as={leader}&at=home")
    page.locator("#home").get_by_text("The board", exact=True).wait_for()
    keep(page, folder / "board.png")
    leader, channel = busiest(demo, "Put in place, with thanks")
    # It is the last message: no higher than that.
    page.set_viewport_size({"width": SIZE["width"], "height": 566})
    page.goto(f"{demo.page_url}?as={leader}&at={channel}")
    to_top(page, "Put in place, with thanks")
    keep(page, folder / "month.png")
    page.set_viewport_size(SIZE)


def person_named(demo: Demo, name: str) -> str:
    """The id of the person with this name."""
    return next(str(person["id"]) for person in state(demo)["people"] if person["real_name"] == name)


def cases(demo: Demo, page: Page, folder: Path) -> None:
    """A digest of few cases, which compares nobody, and the page of the cases behind another."""
    page.set_viewport_size({"width": SIZE["width"], "height": 900})
    page.goto(f"{demo.page_url}?as={person_named(demo, FEW_CASES)}&at=dm")
    page.locator(".picture img").last.wait_for()
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.locator("#stage h3").last.evaluate("title => title.scrollIntoView({block: 'start'})")
    page.mouse.move(0, 0)
    keep(page, folder / "digest-few-cases.png")
    page.goto(f"{demo.page_url}?as={person_named(demo, MANY_CASES)}&at=dm")
    page.get_by_role("button", name="Show my cases").last.click()
    page.get_by_role("dialog").get_by_role("button", name="Set some aside").wait_for()
    keep(page, folder / "cases.png")
    page.keyboard.press("Escape")
    page.set_viewport_size(SIZE)


def leaders(demo: Demo, page: Page, folder: Path) -> None:
    """The leader's week, what a leader is sent on another day, and the vote on a goal."""
    for name, what, button, tall in (
        ("leader-week", "^Your week ·", "Adopt", 1090),
        ("leader-day", r"^\w+ ideas? (is|are) waiting", "Acknowledge", 480),
        ("goal-vote", "what you think of a goal$", "A stretch", 480),
    ):
        page.set_viewport_size({"width": SIZE["width"], "height": tall})
        person, ts = fullest(demo, what, button)
        page.goto(f"{demo.page_url}?as={person}&at=dm")
        message = page.locator(f'#messages > li[data-ts="{ts}"]')
        message.wait_for()
        page.wait_for_function("[...document.images].every(image => image.complete)")
        message.evaluate("one => one.scrollIntoView({block: 'start'})")
        page.mouse.move(0, 0)
        keep(page, folder / f"{name}.png")
    page.set_viewport_size(SIZE)


def fullest(demo: Demo, what: str, button: str) -> tuple[str, str]:
    """The direct message of this kind, with this button, that has most in it: whose it is, and its ts."""
    found: list[tuple[int, str, str]] = []
    for person in state(demo)["people"]:
        for conversation in state(demo, person["id"])["conversations"]:
            if conversation["kind"] == "im":
                messages = [m for m in conversation["messages"] if re.search(what, m["text"])]
                messages = [m for m in messages if f'"{button}"' in json.dumps(m["blocks"])]
                found += [(len(m["blocks"]), person["id"], m["ts"]) for m in messages]
    if not found:
        raise SystemExit(f"Nobody has a message that matches “{what}”.")
    return max(found)[1:]


def to_top(page: Page, text: str) -> None:
    """Scrolls the last message with this text to the top, once its pictures are there."""
    message = page.locator("#messages > li").filter(has_text=text).last
    message.wait_for()
    page.wait_for_function("[...document.images].every(image => image.complete)")
    message.evaluate("one => one.scrollIntoView({block: 'start'})")
    page.mouse.move(0, 0)


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
        demo.plant_ideas()
        demo.start_bot()
        settled(demo)
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
            page.set_viewport_size({"width": SIZE["width"], "height": 1460})
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
            page.locator("#home h3").first.evaluate("title => title.scrollIntoView({block: 'start'})")
            page.mouse.move(0, 0)
            keep(page, folder / "home.png")
        page.set_viewport_size(SIZE)
        cases(demo, page, folder)
        ideas(demo, page, folder)
        leaders(demo, page, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
