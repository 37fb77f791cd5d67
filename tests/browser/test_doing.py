"""What a person does: writes, runs commands and shortcuts, uses every element, fills in forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.clock import ManualClock
from bot.sandbox import Workspace, start_sandbox
from tests.browser import kit
from tests.browser.conftest import Open, Rig


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message to").fill(text)
    page.keyboard.press("Enter")


def chosen(rig: Rig, action_id: str) -> dict[str, Any]:
    body = rig.last("block_actions")
    assert body["actions"][0]["action_id"] == action_id
    action: dict[str, Any] = body["actions"][0]
    return action


def open_form(page: Page) -> None:
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_role("menuitem", name="New note").click()
    expect(page.get_by_role("dialog", name="A note")).to_be_visible()


# -- messages, commands, shortcuts ----


def test_two_windows_are_two_people_who_talk_live(rig: Rig, window: Open) -> None:
    ana, ben = window("U1", "C1"), window("U2", "C1", narrow=True, dark=True)
    write(ana, "Is the second warmer there?")
    said = ben.get_by_role("listitem").filter(has_text="second warmer")
    expect(said).to_be_visible()
    said.hover()
    said.get_by_role("button", name="Reply in a thread").click()
    ben.get_by_role("textbox", name="Reply").fill("Yes, next to bay 3.")
    ben.get_by_role("textbox", name="Reply").press("Enter")
    ana.get_by_role("button", name="1 reply").click()
    thread = ana.get_by_role("complementary", name="Thread")
    expect(thread.get_by_text("Yes, next to bay 3.")).to_be_visible()
    expect(thread.get_by_role("textbox", name="Reply")).to_be_focused()
    ana.keyboard.press("Escape")
    expect(thread).to_be_hidden()


def test_a_command_is_completed_by_keyboard_and_its_answer_is_only_for_oneself(
    rig: Rig, window: Open
) -> None:
    page, other = window("U1", "C1"), window("U2", "C1")
    expect(page.get_by_role("heading", name="ward-4")).to_be_visible()
    page.locator("body").press("/")
    field = page.get_by_role("textbox", name="Message to #ward-4")
    expect(field).to_be_focused()
    page.keyboard.type("/")
    assert [
        one.split("\n")[0] for one in page.get_by_role("listbox").get_by_role("option").all_inner_texts()
    ] == [*("/note", "/notes", "/quiet", "/refuse")]
    page.keyboard.type("q")
    expect(page.get_by_role("option", name="/quiet")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Tab")
    expect(field).to_have_value("/quiet ")
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    answer = page.get_by_role("listitem").filter(has_text="Heard: hello")
    expect(answer).to_contain_text("Only you can see this")
    expect(other.get_by_text("Heard: hello")).to_have_count(0)


def test_a_command_without_an_answer_is_reported_and_its_words_are_kept(rig: Rig, window: Open) -> None:
    rig.sandbox.faults.ack_timeout = 0.2
    page = window()
    write(page, "/refuse these words")
    expect(page.get_by_role("alert")).to_contain_text("/refuse failed because the app did not respond.")
    expect(page.get_by_role("textbox", name="Message to")).to_have_value("/refuse these words")
    page.get_by_role("button", name="Close this notice").click()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_message_shortcut_is_found_at_the_message_by_mouse_and_by_keyboard(rig: Rig, window: Open) -> None:
    rig.sandbox.send_message("U2", "We run out of blankets", "C1")
    page = window(at="C1")
    message = page.get_by_role("listitem").filter(has_text="We run out")
    message.focus()
    page.keyboard.press("Tab")
    expect(message.get_by_role("button", name="Reply in a thread")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Keep as a note")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rounds 1 unread")).to_be_visible()
    page.get_by_role("button", name="Rounds 1 unread").click()
    expect(page.get_by_text("Kept: We run out of blankets", exact=True)).to_be_visible()


def test_a_draft_and_the_place_are_still_there_after_a_reload(rig: Rig, window: Open) -> None:
    page = window(at="C1")
    page.get_by_role("textbox", name="Message to").fill("half a sent")
    page.reload()
    expect(page.get_by_role("heading", name="ward-4")).to_be_visible()
    expect(page.get_by_role("textbox", name="Message to")).to_have_value("half a sent")


# -- elements of messages ----


def test_buttons_menus_boxes_and_pickers_reach_the_app(rig: Rig, window: Open) -> None:
    rig.post("U1", "use me", kit.used_blocks())
    page = window()
    page.get_by_role("button", name="Talk it through").click()
    expect(page.get_by_text("You used plain", exact=True)).to_be_visible()
    page.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name="How is this counted?").click()
    expect(page.get_by_text("You used more", exact=True)).to_be_visible()
    assert chosen(rig, "more")["selected_option"]["value"] == "how"
    page.get_by_role("combobox", name="Choose a ward").select_option("Ward 5")
    expect(page.get_by_text("You used ward", exact=True)).to_be_visible()
    assert chosen(rig, "ward")["selected_option"]["value"] == "w5"
    page.get_by_role("combobox", name="Choose a person").select_option("Cleo Marsh")
    expect(page.get_by_text("You used who", exact=True)).to_be_visible()
    assert chosen(rig, "who")["selected_user"] == "U3"
    page.get_by_role("combobox", name="Choose a channel").select_option("# ward-4")
    expect(page.get_by_text("You used where", exact=True)).to_be_visible()
    assert chosen(rig, "where")["selected_channel"] == "C1"
    page.get_by_label("Date").fill("2026-12-01")
    expect(page.get_by_text("You used day", exact=True)).to_be_visible()
    assert chosen(rig, "day")["selected_date"] == "2026-12-01"
    page.get_by_label("Time", exact=True).fill("10:30")
    expect(page.get_by_text("You used hour", exact=True)).to_be_visible()
    assert chosen(rig, "hour")["selected_time"] == "10:30"
    page.get_by_role("radio", name="Only news").check()
    expect(page.get_by_text("You used when", exact=True)).to_be_visible()
    assert chosen(rig, "when")["selected_option"]["value"] == "new"
    page.get_by_role("checkbox", name="A day before").check()
    expect(page.get_by_text("You used remind", exact=True)).to_be_visible()
    # what was chosen stays chosen, also after a reload
    page.reload()
    expect(page.get_by_role("radio", name="Only news")).to_be_checked()
    expect(page.get_by_role("combobox").filter(has_text="Ward 5")).to_have_value("w5")


def test_several_are_chosen_searched_and_removed(rig: Rig, window: Open) -> None:
    rig.post("U1", "use me", kit.used_blocks()[2:3])
    page = window(narrow=True)
    page.get_by_role("button", name="Choose wards").click()
    page.get_by_role("searchbox", name="Search the list").fill("ward")
    expect(page.get_by_role("checkbox", name="Recovery")).to_be_hidden()
    page.get_by_role("checkbox", name="Ward 4").check()
    page.get_by_role("checkbox", name="Ward 5").check()
    page.keyboard.press("Escape")
    expect(page.get_by_text("You used wards", exact=True)).to_be_visible()
    assert [one["value"] for one in chosen(rig, "wards")["selected_options"]] == ["w4", "w5"]
    page.get_by_role("button", name="Remove Ward 4").click()
    expect(page.get_by_role("button", name="Remove Ward 4")).to_have_count(0)
    expect(page.get_by_text("You used wards", exact=True)).to_have_count(2)
    assert [one["value"] for one in chosen(rig, "wards")["selected_options"]] == ["w5"]


def test_a_button_with_a_confirmation_asks_first(rig: Rig, window: Open) -> None:
    rig.post("U1", "use me", kit.used_blocks()[:1])
    page = window(narrow=True)
    page.get_by_role("button", name="Withdraw").click()
    question = page.get_by_role("alertdialog", name="Withdraw this idea?")
    expect(question).to_contain_text("Your colleagues will no longer see it.")
    question.get_by_role("button", name="Keep it").click()
    expect(question).to_be_hidden()
    expect(page.get_by_role("button", name="Withdraw")).to_be_focused()
    assert not any(body.get("type") == "block_actions" for body in rig.seen)
    page.get_by_role("button", name="Withdraw").click()
    question.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("You used withdraw", exact=True)).to_be_visible()


def test_the_app_may_replace_the_message_that_was_used(rig: Rig, window: Open) -> None:
    rig.post("U1", "use me", kit.used_blocks()[:1])
    page = window()
    page.get_by_role("button", name="Useful").click()
    expect(page.get_by_text("Thank you, that helps.", exact=True)).to_be_visible()
    expect(page.get_by_text("(edited)")).to_be_visible()
    expect(page.get_by_role("button", name="Useful")).to_have_count(0)


# -- forms ----


@pytest.mark.parametrize(
    ("narrow", "dark"), [(False, True), (True, False)], ids=["wide, dark", "narrow, light"]
)
def test_a_form_is_filled_in_with_every_kind_of_field(
    rig: Rig, window: Open, narrow: bool, dark: bool
) -> None:
    page = window(narrow=narrow, dark=dark)
    open_form(page)
    expect(page.get_by_label("Title")).to_be_focused()
    page.get_by_label("Title").fill("A second warmer")
    page.get_by_label("What happened?").fill("None were left.\nAgain.")
    page.get_by_label("Ward (optional)").select_option("Ward 4")
    page.get_by_label("Wards (optional)").click()
    page.get_by_role("checkbox", name="Recovery").check()
    page.keyboard.press("Escape")
    page.get_by_label("People (optional)").click()
    page.get_by_role("checkbox", name="Ben Okoro").check()
    page.get_by_label("Channel (optional)").select_option("# leaders")
    page.get_by_role("radio", name="Team").check()
    page.get_by_role("checkbox", name="Care").check()
    page.get_by_label("Day (optional)").fill("2026-12-24")
    page.get_by_label("Hour (optional)").fill("08:15")
    page.get_by_label("Due (optional)").fill("2026-07-01T09:00")
    page.get_by_label("How often?").fill("12")
    page.get_by_label("Email").fill("ward4@example.org")
    page.get_by_label("Link (optional)").fill("https://example.org/x")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: A second warmer", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    state = {key: value[key] for key, value in rig.last("view_submission")["view"]["state"]["values"].items()}
    assert state["body"]["value"] == "None were left.\nAgain."
    assert state["ward"]["selected_option"]["value"] == "w4"
    assert [one["value"] for one in state["wards"]["selected_options"]] == ["rec"]
    assert (state["people"]["selected_users"], state["channel"]["selected_channel"]) == (["U2"], "C2")
    assert state["kind"]["selected_option"]["value"] == "team"
    assert [one["value"] for one in state["tags"]["selected_options"]] == ["care"]
    assert (state["day"]["selected_date"], state["hour"]["selected_time"]) == ("2026-12-24", "08:15")
    assert state["due"]["selected_date_time"] == 1_782_892_800  # nine o'clock of a summer's day in Lisbon
    assert (state["count"]["value"], state["email"]["value"]) == ("12", "ward4@example.org")


def test_errors_stand_under_their_fields_and_the_focus_goes_to_the_first(rig: Rig, window: Open) -> None:
    page = window()
    open_form(page)
    page.get_by_label("How often?").fill("often")
    page.get_by_role("button", name="Save").click()
    title = page.get_by_label("Title")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(title).to_have_accessible_description(re.compile("Please complete this required field"))
    expect(page.get_by_text("Please enter a whole number.")).to_be_visible()
    title.fill("wrong")
    page.get_by_label("How often?").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Please say a little more.")).to_be_visible()
    expect(page.get_by_text("This day is over.")).to_be_visible()
    expect(title).to_have_value("wrong")
    title.fill("x" * 31)
    expect(page.get_by_text("1 too many")).to_be_visible()


def test_a_form_is_updated_while_it_is_open_and_keeps_what_was_typed(rig: Rig, window: Open) -> None:
    page = window()
    open_form(page)
    page.get_by_label("Title").fill("Half a thou")
    page.get_by_role("button", name="Suggest a text").click()
    expect(page.get_by_role("dialog", name="A note, with help")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Half a thou")
    # the app is told what stands in the fields, as by Slack
    assert rig.last("block_actions")["view"]["state"]["values"]["title"]["title"]["value"] == "Half a thou"
    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Half a thou")


def test_forms_are_stacked_left_one_by_one_or_all_at_once(rig: Rig, window: Open) -> None:
    page = window(narrow=True, dark=True)
    open_form(page)
    page.get_by_label("Title").fill("kept beneath")
    page.get_by_role("button", name="Look closer").click()
    page.get_by_role("button", name="Deeper still").click()
    expect(page.get_by_role("dialog", name="Third page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Second page")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Title")).to_have_value("kept beneath")
    page.get_by_label("Title").fill("push")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog", name="One more thing")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_submission_may_put_another_page_in_the_form_s_place(rig: Rig, window: Open) -> None:
    page = window()
    open_form(page)
    page.get_by_label("Title").fill("update")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Thank you")).to_contain_text("Your note is #12.")
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_focus_stays_in_the_form_and_returns_to_where_it_was(rig: Rig, window: Open) -> None:
    page = window()
    open_form(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Shortcuts")).to_be_focused()
    assert rig.last("view_closed")["view"]["callback_id"] == "note"


# -- controls of the simulation ----


def test_the_controls_switch_faults_drop_connections_and_change_people(rig: Rig, window: Open) -> None:
    page = window()
    page.get_by_role("button", name="Controls").click()
    panel = page.get_by_role("dialog", name="Controls of the simulation")
    panel.get_by_role("checkbox", name="Deliver every event twice").check()
    expect(panel.get_by_role("status")).to_have_text("On: deliver every event twice.")
    assert rig.sandbox.faults.events_twice
    panel.get_by_label("Seconds that every call takes longer").fill("0.01")
    panel.get_by_label("Seconds that every call takes longer").press("Tab")
    expect(panel.get_by_role("status")).to_have_text("Every call is slowed down by that.")
    assert rig.sandbox.faults.slow == {"*": 0.01}
    panel.get_by_label("Person").select_option("Cleo Marsh")
    panel.get_by_role("checkbox", name="Deactivated").check()
    expect(panel.get_by_role("status")).to_have_text("Cleo Marsh: deactivated on.")
    assert rig.sandbox.workspace.users["U3"].deleted
    panel.get_by_role("button", name="Ask for a refresh").click()
    expect(panel.get_by_role("status")).to_have_text("The app was asked to reconnect.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Controls")).to_be_focused()


def test_a_week_passes_at_the_press_of_a_button(window: Open) -> None:
    clock = ManualClock(datetime(2026, 11, 22, 9, tzinfo=UTC))
    workspace = Workspace(clock)
    workspace.add_user("U1", name="ana", real_name="Ana Silva")
    workspace.add_channel("ward-4", id="C1", members=["U1"])
    with start_sandbox(workspace) as sandbox:
        sandbox.send_message("U1", "a week ago", "C1")
        page = window(at="C1", url=sandbox.page_url)
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        page.get_by_role("button", name="Controls").click()
        page.get_by_role("button", name="+ 1 week").click()
        expect(page.get_by_text("Sunday, 29 November 2026 at 09:00 UTC")).to_be_visible()
        page.get_by_role("button", name="Done", exact=True).click()
        expect(page.get_by_role("heading", name="Sunday 22 November")).to_be_visible()
        assert clock.now() == datetime(2026, 11, 29, 9, tzinfo=UTC)
