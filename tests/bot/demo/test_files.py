"""The demo's files: the same each time, whole, and within the contract."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.demo.cases import CASE_MEASURES, CASE_WEEKS
from bot.demo.generate import DemoWorld, Plant, generate
from bot.demo.world import MOVED
from bot.digests.blame import blame_words
from bot.ideas.checking.checks import refuse_words
from bot.intake.contents import Contents
from bot.intake.measures import read_measures
from bot.intake.narratives import names_of
from bot.intake.people import read_people
from bot.intake.problems import Findings
from tests.bot.demo.reading import Files

LAST_SUNDAY = date(2026, 11, 15)
NAMES = (
    "absences.csv",
    "cases.csv",
    "measures.toml",
    "memberships.csv",
    "narratives.csv",
    "observations.csv",
    "people.csv",
    "roles.csv",
    "units.csv",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> DemoWorld:
    return generate(tmp_path_factory.mktemp("demo"), last_sunday=LAST_SUNDAY)


@pytest.fixture(scope="module")
def files(world: DemoWorld) -> Files:
    return Files(world.directory)


def test_the_same_arguments_give_the_same_bytes(world: DemoWorld, tmp_path: Path) -> None:
    again = generate(tmp_path / "again", last_sunday=LAST_SUNDAY)
    assert sorted(path.name for path in again.directory.iterdir()) == sorted(NAMES)
    for name in NAMES:
        assert (again.directory / name).read_bytes() == (world.directory / name).read_bytes(), name
    assert again.planted == world.planted


def test_another_seed_changes_the_figures_and_nobody_s_name(world: DemoWorld, tmp_path: Path) -> None:
    other = generate(tmp_path, last_sunday=LAST_SUNDAY, seed=8)
    same = {name for name in NAMES if (tmp_path / name).read_bytes() == (world.directory / name).read_bytes()}
    assert same == set(NAMES) - {"observations.csv", "cases.csv"}
    assert other.planted == world.planted


def test_a_last_day_that_is_no_sunday_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a Sunday, but 2026-11-14 is a Saturday"):
        generate(tmp_path / "x", last_sunday=date(2026, 11, 14))
    assert not (tmp_path / "x").exists()


def test_too_few_weeks_for_the_stories_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 36 weeks; 20 were asked for"):
        generate(tmp_path, weeks=20, last_sunday=LAST_SUNDAY)


def test_the_cases_of_a_week_add_up_to_its_observation(files: Files) -> None:
    told = {(r["measure"], r["clinician"], r["period_start"]): r for r in files.observations}
    met: Counter[tuple[str, str, str]] = Counter()
    cases: Counter[tuple[str, str, str]] = Counter()
    for row in files.rows("cases.csv"):
        day = date.fromisoformat(row["date"])
        key = (row["measure"], row["clinician"], (day - timedelta(days=day.weekday())).isoformat())
        cases[key] += 1
        met[key] += row["met"] == "yes"
    first = (LAST_SUNDAY - timedelta(weeks=CASE_WEEKS, days=-1)).isoformat()
    expected = {
        key: (float(row["numerator"]), float(row["denominator"]))
        for key, row in told.items()
        if key[0] in CASE_MEASURES and key[2] >= first
    }
    assert {key: (met[key], count) for key, count in cases.items()} == expected
    assert len(expected) > 400


def test_stories_are_short_and_kind_and_name_nobody(files: Files) -> None:
    stories = files.rows("narratives.csv")
    names = [person["name"] for person in files.people]
    assert len(stories) >= 5
    for story in stories:
        assert len(story["text"].split()) <= 45
        assert not blame_words(story["text"])
        assert refuse_words(story["text"], names_of(names)) is None


def test_there_are_24_clinicians_in_four_wards_13_measures_and_52_weeks(files: Files) -> None:
    wards = Counter(person["unit"] for person in files.clinicians)
    assert len(files.clinicians) == 24
    assert set(wards.values()) == {6}
    assert len(wards) == 4
    assert Counter(p["peer_group"] for p in files.clinicians) == {
        "Physicians": 21,
        "Palliative care physicians": 3,
    }
    assert len(files.measures) == 13
    assert {row["measure"] for row in files.observations} == set(files.measures)
    weeks = sorted({date.fromisoformat(row["period_start"]) for row in files.observations})
    assert len(weeks) == 52
    assert {week.isoweekday() for week in weeks} == {1}
    assert weeks[-1] + timedelta(days=6) == LAST_SUNDAY


def test_the_measures_are_of_every_kind_direction_mode_and_domain(files: Files) -> None:
    def words(field: str) -> set[str]:
        return {measure[field] for measure in files.measures.values()}

    assert words("kind") == {"proportion", "rate", "mean", "ratio"}
    assert words("counts") == {"events", "panel"}
    assert words("direction") == {"higher", "lower", "neutral"}
    assert words("mode") == {"repetitive", "constrained", "unconstrained"}
    assert words("domain") == {"process", "outcome", "experience", "resource"}


def test_rounds_own_readers_find_nothing_wrong(files: Files) -> None:
    contents, findings = Contents(), Findings()
    read_people(files.directory, contents, findings)
    read_measures(files.directory, contents, findings)
    findings.stop_if_any()
    assert findings.warnings == []
    assert (len(contents.people), len(contents.units), len(contents.roles)) == (64, 5, 5)
    assert (len(contents.memberships), len(contents.absences), len(contents.measures)) == (3, 1, 13)


def test_everybody_named_in_a_file_is_among_the_people(files: Files) -> None:
    emails = [person["email"] for person in files.people]
    units = {unit["unit"] for unit in files.rows("units.csv")}
    assert len(emails) == len(set(emails)) == 64
    assert all(email.isascii() and email.endswith("@rounds.example") for email in emails)
    assert {person["unit"] for person in files.people} <= units
    for name in ("roles.csv", "memberships.csv", "absences.csv"):
        assert {row["email"] for row in files.rows(name)} <= set(emails), name
    for unit in files.rows("units.csv"):
        pair = (unit["leader_email"], unit["deputy_email"], unit["manager_email"])
        assert len(set(pair)) == 3
        assert set(pair) <= set(emails)
        assert unit["parent"] in units or (unit["parent"] == "" and unit["unit"] == "Northmere Medicine")
        assert unit["channel"].startswith("#")
    assert {row["role"] for row in files.rows("roles.csv")} == {
        "analyst",
        "administrator",
        "coach",
        "approver",
    }


def test_every_observation_can_be_true(files: Files) -> None:
    seen = set()
    for row in files.observations:
        about = files.measures[row["measure"]]
        x, d = float(row["numerator"]), float(row["denominator"])
        key = (row["measure"], row["clinician"], row["period_start"])
        assert key not in seen
        seen.add(key)
        assert x >= 0
        assert d > 0
        assert (row["expected"] != "") == (about["kind"] == "ratio")
        assert (row["squares"] != "") == (about["kind"] == "mean")
        if about["kind"] == "proportion":
            assert x <= d, row
        if about["kind"] == "ratio":
            assert 0 < float(row["expected"]) < d
        if about["kind"] == "mean":
            assert float(row["squares"]) >= x * x / d - 1e-6, row  # Cauchy–Schwarz
        elif about["id"] != "hba1c-checked":
            assert x == int(x)
            assert d == int(d)


def test_only_a_list_that_two_clinics_share_has_half_patients(files: Files) -> None:
    halves = {
        (row["measure"], row["clinician"]) for row in files.observations if float(row["denominator"]) % 1
    }
    assert halves == {("hba1c-checked", "C02"), ("hba1c-checked", "C13")}


def test_volumes_are_those_of_a_ward(files: Files) -> None:
    few = "C06"
    for measure, low, high in (("discharge-letter", 10, 90), ("blood-pressure", 80, 900)):
        sizes = [
            float(row["denominator"])
            for row in files.observations
            if row["measure"] == measure and row["clinician"] != few
        ]
        assert low <= min(sizes)
        assert max(sizes) <= high


def test_who_joined_moved_or_is_away_has_the_dates_for_it(world: DemoWorld, files: Files) -> None:
    (starter,), (away,), (absent,) = (world.of(t) for t in (Plant.STARTER, Plant.ON_LEAVE, Plant.NO_DATA))
    monday = LAST_SUNDAY + timedelta(days=1)
    mine = [row["period_start"] for row in files.observations if row["clinician"] == starter.clinician_code]
    joined = next(row for row in files.rows("memberships.csv") if row["email"] == starter.email)
    assert min(mine) == joined["starts"] == (monday - timedelta(weeks=4)).isoformat()
    assert joined["ends"] == ""
    (leave,) = files.rows("absences.csv")
    assert leave["email"] == away.email
    assert leave["starts"] < monday.isoformat() < leave["ends"]
    assert not [row for row in files.observations if row["clinician"] == absent.clinician_code]
    moved = next(p["email"] for p in files.clinicians if p["clinician_code"] == MOVED)
    first, second = (row for row in files.rows("memberships.csv") if row["email"] == moved)
    assert date.fromisoformat(first["ends"]) + timedelta(days=1) == date.fromisoformat(second["starts"])
    assert first["unit"] != second["unit"]
    assert first["peer_group"] == second["peer_group"]


def test_the_words_are_short_kind_and_whole(files: Files) -> None:
    for key, about in files.measures.items():
        texts = [value for value in about.values() if isinstance(value, str)]
        assert not [text for text in texts if "$" in text or "!" in text or blame_words(text)], key
        assert len(about["title"]) <= 40, key
        for field in ("why", "action"):
            assert about[field].endswith((".", "?")), (key, field)
            assert len(about[field].split()) <= 28, (key, field)
        for field in ("numerator", "denominator"):
            assert about[field][0].islower() or about[field].startswith("CT "), (key, field)
            assert not about[field].endswith("."), (key, field)
        assert about["attribution"], key
        assert about["exclusions"], key
        assert about["source"], key
        assert about["reviewed"] < LAST_SUNDAY < about["next_review"], key
