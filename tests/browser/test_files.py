"""Files in forms, and who comes into a channel: by mouse, by keyboard, on a telephone's width."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Rig, chart
from tests.browser.test_doing import open_form

NAMED = "a bed & a lamp, as seen from the door of bay 3 on the telephone of the night nurse.png"


def put(page: Page, *files: Path) -> None:
    page.get_by_label("Photo (optional)").set_input_files(list(files))


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    made = []
    for name in (NAMED, "bay 3.png", "third.png", "letter.pdf"):
        path = tmp_path / name
        path.write_bytes(chart() if name.endswith("png") else b"%PDF-1.7")
        made.append(path)
    return made


@pytest.mark.parametrize("narrow", [False, True])
def test_photos_are_added_shown_removed_and_handed_in(
    rig: Rig, window: Open, photos: list[Path], narrow: bool
) -> None:
    page = window("U1", narrow=narrow)
    open_form(page)
    page.get_by_label("Title").fill("A lamp")
    put(page, *photos[:2])
    chosen = page.get_by_role("list", name="Chosen files")
    expect(chosen.get_by_role("listitem")).to_have_count(2)
    expect(chosen.locator("img").first).to_have_js_property("naturalWidth", 960)
    assert page.locator("#modal .scroll").evaluate("box => box.scrollWidth <= box.clientWidth")
    page.get_by_role("button", name="Remove bay 3.png").click()
    expect(page.get_by_label("Photo (optional)")).to_be_focused()
    expect(chosen.get_by_role("listitem")).to_have_text([NAMED])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: A lamp", exact=True)).to_be_visible()
    entry = rig.last("view_submission")["view"]["state"]["values"]["photo"]["photo"]
    [file] = entry["files"]
    assert (entry["type"], file["name"], file["user"]) == ("file_input", NAMED, "U1")
    assert rig.sandbox.workspace.files[file["id"]].content == photos[0].read_bytes()


def test_photos_stay_when_the_form_is_updated_and_when_the_page_is_loaded_again(
    rig: Rig, window: Open, photos: list[Path]
) -> None:
    page = window("U1")
    open_form(page)
    put(page, photos[0])
    chosen = page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    expect(chosen).to_have_count(1)
    page.get_by_role("button", name="Suggest a text").click()
    expect(page.get_by_role("dialog", name="A note, with help")).to_be_visible()
    expect(chosen).to_have_count(1)
    page.reload()
    expect(chosen).to_have_text([NAMED])


def test_a_file_that_arrives_while_the_form_is_drawn_anew_is_not_lost(
    rig: Rig, window: Open, photos: list[Path]
) -> None:
    page = window("U1")
    open_form(page)
    held: list[Route] = []
    page.route("**/sandbox/upload?**", lambda route: held.append(route))
    with page.expect_request("**/sandbox/upload?**"):
        put(page, photos[0])
    rig.post("U1", "Something else happens")
    expect(page.get_by_text("Something else happens")).to_have_count(1)
    expect(page.get_by_text("is on its way.")).to_be_visible()  # what happens elsewhere leaves the form alone
    page.get_by_role("button", name="Suggest a text").click()
    expect(page.get_by_text("is on its way.")).to_be_hidden()  # the form was drawn anew
    held[0].continue_()
    expect(page.get_by_role("list", name="Chosen files").get_by_role("listitem")).to_have_count(1)


def test_a_file_of_another_kind_is_refused_beside_its_field(
    rig: Rig, window: Open, photos: list[Path]
) -> None:
    page = window("U1")
    open_form(page)
    page.get_by_label("Title").fill("A letter")
    put(page, photos[3])
    expect(page.get_by_text("This field takes png, jpg files only.")).to_be_visible()
    expect(page.get_by_role("list", name="Chosen files")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: A letter", exact=True)).to_be_visible()


def test_a_guest_comes_into_a_channel_from_the_controls(rig: Rig, window: Open) -> None:
    rig.sandbox.workspace.add_user("U9", name="gail", real_name="Gail Guest", guest=True)
    page = window("U1")
    page.get_by_role("button", name="Controls").click()
    page.get_by_label("Channel", exact=True).select_option(label="# ward-4")
    page.get_by_label("Who joins").select_option(label="Gail Guest (guest)")
    page.get_by_role("button", name="Joins").click()
    expect(page.get_by_text("Gail Guest is in #ward-4 now.")).to_be_visible()
    assert "U9" in rig.sandbox.workspace.channels["C1"].members
    page.get_by_label("Shared with another organisation").check()
    expect(page.get_by_text("#ward-4: shared with another organisation on.")).to_be_visible()
    assert rig.sandbox.workspace.channels["C1"].ext_shared
