"""The sheet for the wall: everything fits, nobody is named, and any script may come."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from bot.ideas.figures.sheet import (
    HEIGHT,
    PAIRS,
    WIDTH,
    Later,
    Pair,
    Sheet,
    as_pdf,
    as_png,
    draw_sheet,
    gather_sheet,
    printable,
)
from bot.settings import Settings
from storage.engine import Database
from storage.terms import IdeaState
from tests.bot.ideas.planted import Hospital, days

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
LONG = (
    "We run out of warm blankets every morning after eight, and then we look for them in the next ward. " * 30
)
SCRIPTS = (
    "我们需要更多的毯子" * 300,
    "نحتاج إلى المزيد من البطانيات",
    "😀👩🏽‍⚕️" * 40,
    "https://" + "x" * 2900,
    "$a_1^2$ \\frac",
)


def sheet(*pairs: Pair, later: tuple[Later, ...] = (), unit: str = "Ash Ward", more: int = 0) -> Sheet:
    return Sheet(unit, date(2026, 9, 1), date(2026, 11, 20), pairs, later, more)


def gathered(database: Database, unit_id: int, months: int = 3) -> Sheet:
    with database.read() as session:
        return gather_sheet(session, unit_id, "Ash Ward", NOW, Settings.model_construct(), months)


def words(figure: Figure) -> str:
    return " ".join(artist.get_text() for artist in figure.artists if isinstance(artist, Text))


def assert_fits(figure: Figure) -> None:
    renderer = FigureCanvasAgg(figure).get_renderer()
    scale = figure.dpi / 72
    cells = [a.get_window_extent(renderer) for a in figure.artists if isinstance(a, Rectangle)]
    for text in figure.artists:
        if not isinstance(text, Text) or not text.get_text().strip():
            continue
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= WIDTH * scale, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= HEIGHT * scale, text.get_text()
        inside = [cell for cell in cells if cell.contains(box.x0, (box.y0 + box.y1) / 2)]
        assert all(box.x1 <= cell.x1 + 1 for cell in inside), text.get_text()
    foot = 55 * scale
    assert all(cell.y0 >= foot for cell in cells)


def test_what_was_said_stands_beside_what_was_done() -> None:
    found = words(
        draw_sheet(
            sheet(
                Pair(12, "A second blanket warmer.", "It stands next to bay 3.", confirmed=True),
                later=(Later(14, "Visiting until ten.", "We hear the night staff first.", date(2027, 1, 4)),),
                more=2,
            )
        )
    )
    for expected in (
        "You said, we did",
        "Ash Ward",
        "1 September – 20 November 2026",
        "“A second blanket warmer.”",
        "It stands next to bay 3.",
        "✓ confirmed",
        "Not now, and why",
        "“Visiting until ten”: We hear the night staff first. We look again on 4 January",
        "Thank you to everybody who said something: 2 more came into place.",
    ):
        assert expected in found


def test_the_longest_texts_fit_on_the_page() -> None:
    pairs = [Pair(number, LONG, LONG, confirmed=True) for number in range(PAIRS)]
    later = tuple(Later(number, LONG, LONG, date(2027, 1, 4)) for number in range(3))
    figure = draw_sheet(sheet(*pairs, later=later, unit="A ward with a long name " * 9, more=30))
    assert_fits(figure)
    assert "…" in words(figure)


def test_a_short_sheet_is_larger_than_a_long_one() -> None:
    def size(drawn: Sheet) -> float:
        texts = [artist for artist in draw_sheet(drawn).artists if isinstance(artist, Text)]
        return max(float(text.get_fontsize()) for text in texts if "warmer" in text.get_text())

    pair = Pair(12, "A second blanket warmer.", "Done.")
    assert size(sheet(pair)) > size(sheet(pair, *(Pair(n, LONG[:500], LONG[:400]) for n in range(5))))


@pytest.mark.parametrize("text", SCRIPTS)
def test_any_script_can_come_without_harm(text: str) -> None:
    made = sheet(
        Pair(12, text, text), Pair(13, "Plain words", text), later=(Later(14, text, text),), unit=text[:200]
    )
    figure = draw_sheet(made)
    assert_fits(figure)
    assert as_pdf(made).startswith(b"%PDF")


def test_where_the_font_has_not_the_script_the_sheet_says_where_to_read_it() -> None:
    told = "(In a script that this sheet cannot print: it is #7 in Rounds.)"
    assert printable("我们需要更多的毯子", 7) == told
    assert printable("نحتاج إلى المزيد", 7) == told
    assert printable("Übergabe às 8 – naïve Ωμέγα", 7) == "Übergabe às 8 – naïve Ωμέγα"
    assert printable("Well done 🚑 team", 7) == "Well done team"


@hypothesis_settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate), deadline=None)
@given(st.lists(st.tuples(st.text(max_size=400), st.text(max_size=400)), min_size=1, max_size=PAIRS))
def test_whatever_is_typed_fits(pairs: list[tuple[str, str]]) -> None:
    assert_fits(draw_sheet(sheet(*(Pair(n, said, did) for n, (said, did) in enumerate(pairs)))))


def test_the_pdf_is_one_page_of_a4_with_its_font_embedded_and_the_same_each_time() -> None:
    made = sheet(Pair(12, "A second blanket warmer.", "It stands next to bay 3.", confirmed=True))
    pdf = as_pdf(made)
    assert pdf == as_pdf(made)
    assert pdf.count(b"/Type /Page ") == 1
    assert b"/MediaBox [ 0 0 595.2" in pdf
    assert b"/FontFile2" in pdf
    assert b"DejaVuSans" in pdf


def test_the_png_is_a4_at_150_dots_an_inch() -> None:
    image = Image.open(io.BytesIO(as_png(sheet(Pair(12, "A warmer.", "Done.")))))
    assert abs(image.width - 1240) <= 1
    assert abs(image.height - 1754) <= 1


def test_a_sheet_without_anything_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="nothing is in place"):
        draw_sheet(sheet())


def test_the_sheet_holds_what_came_into_place_confirmed_first_and_no_name(database: Database) -> None:
    hospital = Hospital(database)
    ward = hospital.unit("Ash Ward")
    sender = hospital.people(ward)[0]
    hospital.idea(ward, OCTOBER, text="Open", sender=sender)
    hospital.idea(ward, OCTOBER - days(200), text="Long ago", verified_after=days(3))
    placed = hospital.idea(ward, OCTOBER, text="Placed", sender=sender, in_place_after=days(30), done="Here.")
    confirmed = hospital.idea(ward, OCTOBER, text="Confirmed", sender=sender, verified_after=days(9))
    hospital.idea(hospital.unit("Beech Ward"), OCTOBER, text="Elsewhere", verified_after=days(9))
    later = hospital.idea(
        ward,
        OCTOBER,
        text="Later",
        state=IdeaState.NOT_NOW,
        decided_at=OCTOBER + days(2),
        why="The budget ends in March.",
        look_again_on=date(2027, 4, 1),
    )
    found = gathered(database, ward)
    assert [(pair.number, pair.confirmed) for pair in found.pairs] == [(confirmed, True), (placed, False)]
    assert found.pairs[1].did == "Here."
    assert found.later == (Later(later, "Later", "The budget ends in March.", date(2027, 4, 1)),)
    assert "Nurse" not in words(draw_sheet(found))


def test_removed_details_names_and_what_skipped_the_leaders_are_left_out(sqlite: Database) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    hospital.person("Priya Okonkwo", ward, "nurse")
    hospital.idea(ward, OCTOBER, text="", verified_after=days(9), details_removed_at=NOW)
    hospital.idea(ward, OCTOBER, text="Skipped", in_place_after=days(9), above=True)
    hospital.idea(ward, OCTOBER, text="Thank Priya Okonkwo for it", verified_after=days(9))
    shown = hospital.idea(ward, OCTOBER, text="Skipped and confirmed", verified_after=days(9), above=True)
    assert [pair.number for pair in gathered(sqlite, ward).pairs] == [shown]


def test_more_than_eight_are_counted(sqlite: Database) -> None:
    hospital = Hospital(sqlite)
    ward = hospital.unit("Ash Ward")
    for _ in range(PAIRS + 3):
        hospital.idea(ward, OCTOBER, verified_after=days(9))
    found = gathered(sqlite, ward)
    assert (len(found.pairs), found.more) == (PAIRS, 3)
