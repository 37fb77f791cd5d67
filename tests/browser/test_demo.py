"""The demo as a person finds it: a digest with its picture, the pages behind it, the Home, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from handlers.demo import Demo
from tests.browser.conftest import PATIENCE
from tests.browser.screenshots import settled, state, with_digest
from tests.browser.test_access import check


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo() as running:
        running.send_digests()
        running.plant_ideas()
        running.start_bot()
        yield running


def test_a_clinician_reads_the_digest_looks_behind_it_and_asks_for_it_again(
    browser: Browser, demo: Demo
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    context.set_default_timeout(2 * PATIENCE)
    page = context.new_page()
    page.goto(f"{demo.page_url}?as={with_digest(demo)}")
    expect(page.get_by_role("heading", name=re.compile("Your week in care"))).to_be_visible()
    picture = page.locator("figure").get_by_role("img").last
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 400
    expect(
        page.locator(".context").last
    ).to_be_in_viewport()  # the end of the digest, also once the picture came
    check(page)
    # Where the first row is full, it stands behind "More measures" alone.
    page.get_by_role("button", name="More measures").last.click()
    page.get_by_role("dialog").get_by_role("button", name="Why this one?").click()
    dialog = page.get_by_role("dialog", name="Why this one?")
    expect(dialog).to_contain_text("measures were looked at")
    check(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("textbox", name="Message to").fill("/rounds help")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only you can see this").last).to_be_visible()
    if state(demo)["home_tab"]:
        page.get_by_role("button", name="Conversations").click()
        page.get_by_role("button", name="Home").click()
        page.locator("#home h3").first.wait_for()
        check(page)
    context.close()


def sent(demo: Demo, start: str) -> list[str]:
    """Who was sent a direct message that begins like this."""
    return [
        person["real_name"]
        for person in state(demo)["people"]
        for conversation in state(demo, person["id"])["conversations"]
        if conversation["kind"] == "im" and any(m["text"].startswith(start) for m in conversation["messages"])
    ]


def uid(demo: Demo, name: str) -> str:
    return next(str(person["id"]) for person in state(demo)["people"] if person["real_name"] == name)


def test_whoever_agreed_sees_some_names_and_nobody_else_sees_any(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(4 * PATIENCE)
    page = context.new_page()
    for name, rows in (("Rebecca Thornton", "Priya Nair"), ("Daniel Osei", "a colleague")):
        page.goto(f"{demo.page_url}?as={uid(demo, name)}&at=home")
        page.get_by_role("button", name="See my peer group").click()
        dialog = page.get_by_role("dialog", name="See my peer group")
        expect(dialog).to_contain_text(rows, timeout=4 * PATIENCE)
        expect(dialog.get_by_text("Names are of colleagues who agreed")).to_have_count(int(name[0] == "R"))
        check(page)
    expect(dialog).not_to_contain_text("Priya Nair")
    context.close()


def test_a_unit_was_told_of_its_month_among_the_ideas(demo: Demo) -> None:
    settled(demo)
    rebecca = state(demo, uid(demo, "Rebecca Thornton"))["conversations"]
    (ward,) = (one for one in rebecca if one.get("name") == "ward-beech")
    told = [message["text"] for message in ward["messages"]]
    assert told.count("The month's care in Beech Ward") == 1
    assert told[0] != "The month's care in Beech Ward"


def test_leaders_have_their_week_and_physicians_who_lead_nothing_a_vote(browser: Browser, demo: Demo) -> None:
    weeks, asked = sent(demo, "Your week ·"), sent(demo, "Your colleagues ask what you think of a goal")
    assert {"Ruth Adeyemi", "David Llewellyn", "Blessing Afolabi"} <= set(weeks)
    assert "Rebecca Thornton" in asked
    assert not {*asked} & {*weeks, "James Hartley"}
    ruth = next(person["id"] for person in state(demo)["people"] if person["real_name"] == "Ruth Adeyemi")
    context = browser.new_context(viewport={"width": 390, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(2 * PATIENCE)
    page = context.new_page()
    page.goto(f"{demo.page_url}?as={ruth}&at=dm")
    week = page.locator("#messages > li").filter(has_text="Your week ·").last
    assert week.locator("figure img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 400
    check(page)
    week.get_by_role("button", name="Adopt").click()
    expect(week).to_contain_text("is the group's goal, adopted by Ruth Adeyemi")
    context.close()
