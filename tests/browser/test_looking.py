"""What a person sees: every block, people, channels, times, what is new, and nothing from outside."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import kit
from tests.browser.conftest import Open, Rig

LAYOUTS = [(False, False), (True, True)]


def overflow(page) -> int:  # type: ignore[no-untyped-def]
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


@pytest.mark.parametrize(("narrow", "dark"), LAYOUTS, ids=["wide, light", "narrow, dark"])
def test_every_block_that_is_looked_at_is_drawn(rig: Rig, window: Open, narrow: bool, dark: bool) -> None:
    rig.post("U1", "all", kit.shown_blocks(rig.picture()))
    rig.post("U1", "charts", [kit.CHART, kit.DATA_TABLE])
    page = window(narrow=narrow, dark=dark)
    expect(page.get_by_role("heading", name="Your week in care · 14–20 July")).to_be_visible()
    expect(page.get_by_text("@Ben Okoro").first).to_be_visible()
    expect(page.locator("strong", has_text="Blood pressure in range").first).to_be_visible()
    expect(page.get_by_text("Half of your colleagues")).to_be_visible()
    chart = page.locator("figure", has_text="26 weeks").get_by_role("img", name="A line that rises")
    expect(chart).to_be_visible()
    box = chart.bounding_box()
    assert box is not None
    assert box["width"] == (332 if narrow else 480)  # the whole width, or as wide as Slack draws it
    expect(page.locator(".context").get_by_text("sent only to you")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="Wash hands").last).to_be_visible()
    expect(page.locator("pre", has_text="618 / 902")).to_be_visible()
    expect(page.get_by_role("cell", name="Discharge letter in time")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Reached")).to_be_visible()
    expect(page.get_by_role("heading", name="What the ward decided")).to_be_visible()
    expect(page.get_by_role("cell", name="Ward 4", exact=True)).to_be_visible()
    expect(page.get_by_text("Ideas and answers")).to_be_visible()
    page.get_by_text("As a table").click()
    expect(page.get_by_role("cell", name="7", exact=True).last).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("3–4 of 5")).to_be_visible()
    assert overflow(page) == 0


def test_a_picture_is_enlarged_and_closed_and_the_focus_returns(rig: Rig, window: Open) -> None:
    rig.post("U1", "all", kit.shown_blocks(rig.picture())[4:5])
    page = window()
    enlarge = page.get_by_role("button", name="Enlarge the picture")
    enlarge.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Picture")
    expect(dialog.get_by_role("img", name="A line that rises")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(enlarge).to_be_focused()


def test_it_says_that_it_is_a_simulation_and_that_nothing_leaves(rig: Rig, window: Open) -> None:
    page = window(narrow=True)
    expect(page.get_by_text("This is not Slack. Nothing leaves this machine.")).to_be_visible()
    response = page.request.get(rig.sandbox.page_url)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in response.text()


def test_links_are_shown_but_open_nothing(rig: Rig, window: Open) -> None:
    rig.post("U1", "See <https://example.org/guideline|the guideline>.")
    page = window()
    page.get_by_role("button", name="the guideline").click()
    expect(page.get_by_text("On Slack this would open https://example.org/guideline.")).to_be_visible()


def test_what_is_typed_is_inert_on_every_surface(rig: Rig, window: Open) -> None:
    nasty = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    rig.sandbox.send_message("U2", nasty, "C1")
    rig.post(
        "U1", "x", [{"type": "markdown", "text": nasty}, {"type": "header", "text": kit.plain(nasty[:140])}]
    )
    page = window(at="C1")
    expect(page.get_by_text("<script>document.title='hacked'</script>")).to_be_visible()
    page.get_by_role("button", name="Rounds", exact=False).last.click()
    expect(page.get_by_role("heading", name="<img src=x")).to_be_visible()
    assert "hacked" not in page.title()
    assert page.locator("#messages img, #messages script").count() == 0


def test_who_one_is_can_be_switched_at_any_time(rig: Rig, window: Open) -> None:
    rig.post("U1", "for Ana alone")
    rig.post("U2", "for Ben alone")
    page = window("U1")
    expect(page.get_by_text("for Ana alone")).to_be_visible()
    page.get_by_label("You are").select_option("Ben Okoro")
    expect(page.get_by_text("for Ben alone")).to_be_visible()
    expect(page.get_by_text("for Ana alone")).to_have_count(0)
    assert "as=U2" in page.url


def test_the_page_opens_on_somebody_who_has_something_to_read(rig: Rig, window: Open) -> None:
    rig.post("U2", "for Ben alone")
    page = window("")
    expect(page.get_by_text("for Ben alone")).to_be_visible()
    assert page.get_by_label("You are").locator("option:checked").inner_text() == "Ben Okoro"


def test_the_chooser_says_who_does_what_and_of_the_chosen_one_the_name(rig: Rig, window: Open) -> None:
    for user in ("U1", "U2"):
        rig.sandbox.workspace.change_user(user, title="doctor, leads Ward 4")
    page = window("U1")
    told = page.get_by_label("You are").locator("option").all_inner_texts()
    assert "Ben Okoro · doctor, leads Ward 4" in told
    assert not page.get_by_label("You are").locator("option:checked").inner_text().endswith("Ward 4")


def test_the_sidebar_has_home_messages_and_channels_each_with_its_kind(rig: Rig, window: Open) -> None:
    page = window()
    side = page.get_by_role("navigation", name="Conversations")
    assert side.get_by_role("listitem").all_inner_texts() == [
        "Home",
        "R\nRounds",
        "leaders",
        "old-ward",
        "ward-4",
    ]
    side.get_by_role("button", name="leaders").click()
    expect(page.get_by_text("2 members · private")).to_be_visible()
    side.get_by_role("button", name="old-ward").click()
    expect(page.get_by_text("This channel is archived.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Message to")).to_have_count(0)


def test_unread_messages_are_marked_and_the_place_where_they_begin(rig: Rig, window: Open) -> None:
    rig.sandbox.send_message("U2", "seen before", "C1")
    page = window(at="C1")
    expect(page.get_by_text("seen before")).to_be_visible()
    page.get_by_role("button", name="leaders").click()
    rig.sandbox.send_message("U2", "first news", "C1")
    rig.sandbox.send_message("U2", "second news", "C1")
    channel = page.get_by_role("button", name="ward-4")
    expect(channel).to_have_accessible_name(re.compile("2 unread"))
    expect(page).to_have_title(re.compile(r"^\(2\)"))
    channel.click()
    marks = page.get_by_role("list", name="Messages", exact=True).get_by_role("listitem")
    expect(marks.nth(2)).to_have_text("New")
    expect(channel).not_to_have_accessible_name(re.compile("unread"))


def test_messages_are_grouped_dated_and_marked_when_edited(rig: Rig, window: Open) -> None:
    rig.sandbox.send_message("U2", "one", "C1")
    rig.sandbox.send_message("U2", "two", "C1")
    ts = rig.post("C1", "before")
    rig.client.chat_update(channel="C1", ts=ts, text="after")
    page = window(at="C1")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.locator(".face:visible")).to_have_count(4)  # Ana, Rounds in the sidebar, Ben once, Rounds
    changed = page.get_by_role("listitem").filter(has_text="after")
    expect(changed).to_contain_text("(edited)")


def test_new_messages_are_announced_to_screen_readers(rig: Rig, window: Open) -> None:
    page = window(at="C1")
    rig.sandbox.send_message("U2", "the warmer is here", "C1")
    expect(page.get_by_role("log")).to_contain_text("New message from Ben Okoro: the warmer is here")
    rig.post("U1", "private news")
    expect(page.get_by_role("log")).to_contain_text("New message from Rounds")
    expect(page.get_by_role("log")).not_to_contain_text("private news")


def test_scrolling_back_is_left_alone_by_new_messages(rig: Rig, window: Open) -> None:
    for number in range(40):
        rig.sandbox.send_message("U2" if number % 2 else "U1", f"line {number}", "C1")
    page = window(at="C1")
    expect(page.get_by_text("line 39", exact=True)).to_be_in_viewport()
    page.locator("#stage").evaluate("box => { box.scrollTop = 0; }")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    rig.sandbox.send_message("U2", "the newest", "C1")
    newest = page.get_by_role("button", name="New messages")
    expect(newest).to_be_visible()
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    newest.click()
    expect(page.get_by_text("the newest", exact=True)).to_be_in_viewport()
    expect(newest).to_be_hidden()


def test_the_home_is_opened_used_and_live(rig: Rig, window: Open) -> None:
    page = window(narrow=True)
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name="Home").click()
    expect(page.get_by_role("heading", name="Your Rounds")).to_be_visible()
    page.get_by_role("button", name="Keep one more").click()
    expect(page.get_by_text("You have kept 1 notes.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You have kept 1 notes.")).to_be_visible()
    assert overflow(page) == 0
