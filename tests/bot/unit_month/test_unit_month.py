"""The month's summary of a unit's care: when it goes, what it says, and what it never gives away."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.digests.blame import blame_words
from bot.settings import Settings
from bot.unit_month.due import due_month, renderers, tick
from bot.unit_month.words import as_payload, chosen, from_payload, line_of, message, summary_of
from storage.cases import Narrative
from storage.engine import Database
from storage.idea_figures import remember_month
from storage.measures import ImportBatch
from storage.outbox import OutboxPicture, OutboxRow
from storage.people import Clinician, Unit
from storage.terms import BatchState, Direction, Domain, Mode, Op
from tests.bot.ideas.test_effect import CAUSES
from tests.bot.ideas.test_words_golden import assert_taken
from tests.bot.leading.test_care import GAIN, MONDAY, NEW, RISE, SAME, STAY, Ward, panel

GOLDEN = Path(__file__).parent / "summary.json"
JUNE = date(2026, 6, 1)
# A Wednesday; London is on summer time.
DUE = datetime(2026, 7, 15, 8, tzinfo=UTC)
SAID = "The nurse sat down and asked what mattered to me, number"


class Month(Ward):
    """The ward with a channel, in a month of which the message about ideas went out on its first day."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        with database.write() as session:
            session.get_one(Unit, 1).channel = "#ward-4"
            remember_month(session, "2026-06")

    def stories(self, codes: int, each: int = 1, **measure: Any) -> None:
        """Narratives of June, so many of each clinician's patients."""
        of = self.world.measure(
            "stories", **{"mode": Mode.UNCONSTRAINED, "domain": Domain.EXPERIENCE, **measure}
        )
        with self.database.write() as session:
            clinicians = session.exec(select(Clinician.id).order_by(col(Clinician.id))).all()
            for n in range(codes * each):
                text = f"{SAID} {n}."
                digest = sha256(text.encode()).hexdigest()
                number = clinicians[n % codes]
                assert number is not None
                told = Narrative(
                    measure_id=of,
                    clinician_id=number,
                    day=JUNE + timedelta(days=n),
                    text=text,
                    text_hash=digest,
                    batch_id=1,
                )
                session.add(told)

    def rows(self) -> list[OutboxRow]:
        with self.database.read() as session:
            return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.id))).all())

    def message(self, settings: Settings) -> dict[str, Any]:
        (row,) = self.rows()
        with self.database.read() as session:
            said = renderers(settings)["unit_month"](session, row.payload)
        assert said is not None
        return dict(said)


@pytest.fixture
def month(database: Database) -> Month:
    return Month(database)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-07-15T07:59:00+00:00", None),
        ("2026-07-15T08:00:00+00:00", JUNE),
        ("2026-07-14T09:00:00+00:00", None),
        ("2026-08-15T09:00:00+00:00", None),  # a Saturday
        ("2026-08-17T09:00:00+00:00", date(2026, 7, 1)),
        ("2026-07-15T16:00:00+00:00", None),  # back after an outage, in the evening: tomorrow
        ("2026-07-28T09:00:00+00:00", JUNE),
    ],
)
def test_it_is_due_from_the_first_working_day_from_the_fifteenth(
    now: str, expected: date | None, settings: Settings
) -> None:
    assert due_month(datetime.fromisoformat(now), settings) == expected
    off = settings.model_copy(update={"rounds_unit_summary": False})
    assert due_month(datetime.fromisoformat(now), off) is None


def test_a_unit_with_a_channel_hears_once(month: Month, settings: Settings) -> None:
    month.clinicians(6)
    month.clinicians(6, unit=month.other)
    assert tick(month.database, DUE, settings) == 1
    with month.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM site_fact WHERE name = 'unit_month_told'")
    # Another process, or one that died before it noted that all were told.
    assert tick(month.database, DUE, settings) == 0
    assert tick(month.database, DUE + timedelta(days=1), settings) == 0
    (row,) = month.rows()
    assert (row.kind, row.lane, row.conversation) == ("unit_month", "channel:ward-4", "ward-4")
    assert row.guard == {"name": "idea_channel", "channel": "ward-4"}
    assert row.expires_at is not None
    assert row.expires_at < datetime(2026, 8, 1, tzinfo=UTC)
    said = month.message(settings)
    assert said["text"] == "The month's care in Ward 4"
    assert "Screening offered" in json.dumps(said)
    assert "Dr U" not in json.dumps([said, row.payload])
    with month.database.read() as session:
        alt = session.get_one(OutboxPicture, row.id).alt_text
    assert [block["alt_text"] for block in said["blocks"] if block["type"] == "image"] == [
        alt.replace("\u00a0", " ")
    ]


def test_it_never_comes_on_the_day_of_the_message_about_ideas(month: Month, settings: Settings) -> None:
    month.clinicians(6)
    with month.database.write() as session:
        session.add(
            OutboxRow(
                key="k",
                op=Op.POST,
                kind="idea_month",
                lane="channel:ward-7",
                conversation="ward-7",
                not_before=DUE,
                payload={},
                created_at=DUE - timedelta(minutes=5),
                finished_at=DUE,
            )
        )
    assert tick(month.database, DUE, settings) == 0
    assert tick(month.database, DUE + timedelta(days=1), settings) == 1


def test_it_waits_for_the_message_about_ideas(month: Month, settings: Settings) -> None:
    month.clinicians(6)
    with month.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM site_fact")
    assert tick(month.database, DUE, settings) == 0


def test_without_a_channel_or_figures_nothing_is_said(month: Month, settings: Settings) -> None:
    month.clinicians(6, unit=month.other)
    assert tick(month.database, DUE, settings) == 0


def test_the_unit_above_stands_in_for_a_small_one(month: Month, settings: Settings) -> None:
    month.clinicians(4)
    month.clinicians(4, unit=month.other)
    assert tick(month.database, DUE, settings) == 1
    said = json.dumps(month.message(settings))
    assert "The care in Hospital, 1 measure." in said
    assert "All clinicians of Hospital together, where figures of Ward 4 alone are not shown" in said


def test_nothing_is_told_from_which_the_few_left_over_could_be_told(month: Month, settings: Settings) -> None:
    month.clinicians(6)
    month.clinicians(1, unit=month.other)
    # The leader of Ward 4 knows its figures, those of the hospital know the hospital's.
    assert tick(month.database, DUE, settings) == 0


def test_what_may_still_change_is_left_out(month: Month, settings: Settings) -> None:
    late = month.world.measure("late", settles_after=40, title="Seen again")
    month.clinicians(6, measure=late)
    assert tick(month.database, DUE, settings) == 1
    (row,) = month.rows()
    # 5 July and the weeks before it have not settled by 15 July.
    assert "data to 31 May" in row.payload["summary"]["whose"]


def test_outcomes_only_where_they_are_adjusted(month: Month, settings: Settings) -> None:
    raw = month.world.measure("raw", domain=Domain.OUTCOME)
    month.clinicians(6, measure=raw)
    assert tick(month.database, DUE, settings) == 0


@pytest.mark.parametrize(("codes", "each", "quoted"), [(6, 1, 2), (5, 1, 2), (4, 1, 0), (4, 3, 0), (1, 9, 0)])
def test_at_most_two_patients_are_quoted_where_enough_are(
    codes: int, each: int, quoted: int, month: Month, settings: Settings
) -> None:
    month.clinicians(6)
    month.stories(codes, each)
    tick(month.database, DUE, settings)
    (row,) = month.rows()
    assert SAID not in json.dumps(row.payload)
    said = json.dumps(month.message(settings))
    assert said.count(SAID) == quoted
    assert ("In patients' own words" in said) == bool(quoted)


def test_what_was_taken_back_is_not_quoted(month: Month, settings: Settings) -> None:
    month.clinicians(6)
    month.stories(6)
    tick(month.database, DUE, settings)
    with month.database.write() as session:
        session.get_one(ImportBatch, 1).state = BatchState.UNDONE
    assert SAID not in json.dumps(month.message(settings))


def test_only_single_observations_of_experience_are_quoted(month: Month, settings: Settings) -> None:
    month.clinicians(6)
    month.stories(6, domain=Domain.PROCESS)
    tick(month.database, DUE, settings)
    assert SAID not in json.dumps(month.message(settings))


# -- the words ----

EVERY = [
    GAIN,
    RISE,
    STAY,
    replace(SAME, unit="Hospital", unit_id=9),
    panel(key="knew", title="Patients who knew what happens next", domain=Domain.EXPERIENCE),
    panel(
        key="scans",
        title="Scans of the lower back",
        domain=Domain.RESOURCE,
        direction=Direction.LOWER,
        numerator="scans without a red flag",
    ),
]


def test_the_message_is_the_golden_one() -> None:
    """`ROUNDS_GOLDEN=write pytest tests/bot/unit_month` writes it anew; read the difference aloud."""
    summary = summary_of(EVERY, MONDAY, "What the picture shows.")
    assert from_payload(json.loads(json.dumps(as_payload(summary)))) == summary
    made = message("Ward 4", summary, ["She sat down, and asked what mattered to me."])
    if os.environ.get("ROUNDS_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(GOLDEN.read_text(encoding="utf-8"))
    said = json.dumps(made)
    assert blame_words(said) == ()
    assert CAUSES.search(said) is None
    assert "!" not in said


def test_no_kind_of_measure_crowds_out_another() -> None:
    many = [panel(key=f"m{n}", title=f"Measure {n}") for n in range(12)]
    keys = [one.measure.key for one in chosen([*many, *EVERY])]
    assert keys[:3] == ["bp", "knew", "scans"]
    assert len(keys) == 10


def test_it_fits_whatever_measures_and_units_are_called() -> None:
    long = [panel(key=f"m{n}", title="<!channel> &*_ " * 13, unit="&" * 200, own_unit="W") for n in range(10)]
    made = message("<!here> *W*", summary_of(long, MONDAY, "alt"), ["<!channel> *x* & " * 16] * 2)
    assert "<!" not in json.dumps(made)
    shown = [block for block in made["blocks"] if block["type"] != "image"]
    assert_taken({"text": made["text"], "blocks": shown})


def test_every_measure_is_told_in_the_same_form() -> None:
    assert line_of(SAME, MONDAY) == (
        "Readmissions: 68\u00a0% (29 Jun – 5 Jul); usually 64 to 76\u00a0%; no lasting change. "
        "Higher is better."
    )
    assert line_of(RISE, MONDAY).endswith("; a lasting rise since January. Lower is better.")
    assert line_of(GAIN, MONDAY).endswith("; a lasting gain since March. Higher is better.")
    assert line_of(STAY, MONDAY).endswith("; a lasting fall since May. Neither high nor low is better.")
    assert "too new to tell" in line_of(NEW, MONDAY)


def test_means_are_told_as_overuse_and_underuse() -> None:
    beds = panel(
        title="Scans", domain=Domain.RESOURCE, direction=Direction.LOWER, numerator="patients with a scan"
    )
    assert line_of(beds, MONDAY).endswith(
        "Lower is better. Overuse: patients with a scan that patients would do as well without. "
        "Which, if any, you can judge."
    )
