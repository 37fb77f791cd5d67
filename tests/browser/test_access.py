"""axe-core finds nothing serious on any page and modal, wide and narrow, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser import kit
from tests.browser.conftest import Open, Rig

SERIOUS = ("serious", "critical")


def check(page: Page) -> None:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    serious = [
        (one["id"], node["html"][:200], node["failureSummary"])
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize(
    ("narrow", "dark"), [(False, False), (True, True)], ids=["wide and light", "narrow and dark"]
)
def test_nothing_serious_is_found_on_any_page_and_modal(
    rig: Rig, window: Open, narrow: bool, dark: bool
) -> None:
    rig.post("U1", "look", kit.shown_blocks(rig.picture()))
    rig.post("U1", "charts", [kit.CHART, kit.DATA_TABLE])
    rig.post("U1", "use", kit.used_blocks())
    ts = rig.post("C1", "a thread")
    rig.sandbox.send_message("U2", "a reply", "C1", ts)
    rig.sandbox.run_command("U1", "/quiet", "you", "C1")
    rig.sandbox.send_message("U2", "hello <b>", "C1")
    page = window(narrow=narrow, dark=dark)
    check(page)
    page.goto(f"{rig.sandbox.page_url}?as=U1&at=C1&thread={ts}")
    page.get_by_role("complementary", name="Thread").get_by_text("a reply").wait_for()
    check(page)
    page.get_by_role("button", name="Close the thread").click()
    page.get_by_role("textbox", name="Message to").fill("/n")
    page.get_by_role("listbox").get_by_role("option").first.wait_for()
    check(page)
    page.get_by_role("textbox", name="Message to").fill("")
    page.get_by_role("button", name="Controls").click()
    page.get_by_role("dialog").wait_for()
    check(page)
    page.keyboard.press("Escape")
    if narrow:
        page.get_by_role("button", name="Conversations").click()
        check(page)
    page.get_by_role("button", name="Home").click()
    page.get_by_role("heading", name="Your Rounds").wait_for()
    check(page)
    rig.sandbox.run_shortcut("U1", "new_note")
    page.get_by_label("Title").fill("wrong")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Please say a little more.").wait_for()
    page.get_by_label("Wards (optional)").click()
    check(page)
    page.get_by_role("button", name="Look closer").click()
    page.get_by_role("dialog", name="Second page").wait_for()
    check(page)
