"""Whatever is wrong in a file is said with its line, and what to do; and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.intake import IntakeErrors
from storage.engine import Database
from tests.bot.intake.conftest import GOOD, MEASURE, Importer, dump, write

OBSERVATIONS = "measure,clinician,period_start,numerator,denominator,expected,squares\n"
PEOPLE = "email,name,profession,unit,peer_group,clinician_code,slack_user_id\n"
UNITS = "unit,parent,channel,leader_email,deputy_email,manager_email\n"
MEMBERSHIPS = "email,unit,peer_group,starts,ends\n"
ABSENCES = "email,starts,ends\n"


def observation(row: str) -> dict[str, str | bytes]:
    return {"observations.csv": OBSERVATIONS + "clot-risk,C2,2025-06-23,1,10,,\n" + row + "\n"}


def measure(old: str, new: str) -> dict[str, str | bytes]:
    text = MEASURE.format(key="clot-risk", kind="proportion", period="week")
    assert old in text
    return {"measures.toml": text.replace(old, new, 1), "observations.csv": OBSERVATIONS}


CASES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a number that is none": (
        observation("clot-risk,C1,2025-06-30,eight,10,,"),
        'observations.csv:3: numerator "eight" is not a number',
    ),
    "a thousands separator": (
        observation('clot-risk,C1,2025-06-30,8,"1,234",,'),
        'observations.csv:3: denominator "1,234" has a separator in it; write 1234',
    ),
    "a decimal comma": (
        observation('clot-risk,C1,2025-06-30,8,"12,5",,'),
        'observations.csv:3: denominator "12,5" has a comma in it; write 12.5',
    ),
    "a percentage": (
        observation("clot-risk,C1,2025-06-30,12%,10,,"),
        'observations.csv:3: numerator "12%" is a percentage',
    ),
    "NaN": (
        observation("clot-risk,C1,2025-06-30,NaN,10,,"),
        'observations.csv:3: numerator "NaN" is no number; leave the row out',
    ),
    "infinity": (
        observation("clot-risk,C1,2025-06-30,8,inf,,"),
        'observations.csv:3: denominator "inf" is no number',
    ),
    "too large": (
        observation("clot-risk,C1,2025-06-30,8,1e400,,"),
        'observations.csv:3: denominator "1e400" is too large',
    ),
    "an underscore": (
        observation("clot-risk,C1,2025-06-30,8,1_0,,"),
        'observations.csv:3: denominator "1_0" is not a number',
    ),
    "an empty number": (
        observation("clot-risk,C1,2025-06-30,,10,,"),
        "observations.csv:3: numerator is empty",
    ),
    "a negative number": (
        observation("clot-risk,C1,2025-06-30,-8,10,,"),
        'observations.csv:3: numerator "-8" is negative',
    ),
    "a negative expected": (
        observation("deaths,C1,2025-06-01,8,10,-1,"),
        'observations.csv:3: expected "-1" is negative',
    ),
    "numerator over denominator": (
        observation("clot-risk,C1,2025-06-30,11,10,,"),
        "observations.csv:3: numerator 11 is over denominator 10",
    ),
    "something of nothing": (
        observation("falls,C1,2025-06-01,11,0,,"),
        "observations.csv:3: numerator 11 of a denominator of 0",
    ),
    "a ratio without expected": (
        observation("deaths,C1,2025-06-01,8,10,,"),
        "observations.csv:3: expected is empty, and a ratio needs it",
    ),
    "a ratio to zero": (observation("deaths,C1,2025-06-01,8,10,0,"), "observations.csv:3: expected is 0"),
    "impossible squares": (
        observation("stay,C1,2025-06-01,60,20,,100"),
        "observations.csv:3: squares 100 is too small",
    ),
    "an unknown measure": (
        observation("clot-riks,C1,2025-06-30,8,10,,"),
        'observations.csv:3: measure "clot-riks" is not known; did you mean "clot-risk"',
    ),
    "an unknown clinician": (
        observation("clot-risk,C9,2025-06-30,8,10,,"),
        'observations.csv:3: clinician "C9" is not known',
    ),
    "an unknown address": (
        observation("clot-risk,zoe@x.example,2025-06-30,8,10,,"),
        'observations.csv:3: clinician "zoe@x.example" is not known',
    ),
    "no clinician": (observation("clot-risk,,2025-06-30,8,10,,"), "observations.csv:3: clinician is empty"),
    "a date that is none": (
        observation("clot-risk,C1,2025-02-30,8,10,,"),
        'observations.csv:3: period_start "2025-02-30" is not a day of the calendar',
    ),
    "an Excel date": (
        observation("clot-risk,C1,14/07/2025,8,10,,"),
        'observations.csv:3: period_start "14/07/2025" can be read in two ways; write it'
        " as year-month-day, such as 2025-07-14",
    ),
    "an American date": (observation("clot-risk,C1,7/14/2025,8,10,,"), "such as 2025-07-14"),
    "a date with a time": (
        observation("clot-risk,C1,2025-07-14 00:00:00,8,10,,"),
        "write the date alone, 2025-07-14",
    ),
    "a week number": (
        observation("clot-risk,C1,2025-W30,8,10,,"),
        'observations.csv:3: period_start "2025-W30" is not a date',
    ),
    "a slip in the year": (
        observation("clot-risk,C1,2052-07-14,8,10,,"),
        "observations.csv:3: period_start 2052-07-14 is over a year ahead",
    ),
    "the year 25": (
        observation("clot-risk,C1,0025-07-14,8,10,,"),
        'observations.csv:3: period_start "0025-07-14" cannot be right',
    ),
    "a month in its middle": (
        observation("falls,C1,2025-06-02,8,10,,"),
        "observations.csv:3: period_start 2025-06-02 is not the first of a month",
    ),
    "a row twice": (
        observation("clot-risk,C2,2025-06-23,1,10,,"),
        "observations.csv:3: the same measure, clinician and period as line 2",
    ),
    "a row twice by code and address": (
        observation("clot-risk,Ben@Ward.Example,2025-06-23,1,10,,"),
        "observations.csv:3: the same measure, clinician and period as line 2",
    ),
    "overlapping weeks": (
        observation("clot-risk,C2,2025-06-25,1,10,,"),
        "observations.csv:3: its week overlaps with line 2",
    ),
    "too few fields": (
        observation("clot-risk,C1,2025-06-30,8"),
        "observations.csv:3: too few fields: 4 here, 7 in the header",
    ),
    "too many fields": (
        observation("clot-risk,C1,2025-06-30,8,1,234,,x"),
        "observations.csv:3: too many fields: 8 here, 7 in the header",
    ),
    "an open quote": (
        observation('clot-risk,"C1,2025-06-30,8,10,,\nclot-risk,C1,2025-07-07,8,10,,'),
        "observations.csv:3: a quote is opened here and never closed",
    ),
    "a quote in the middle": (
        observation('clot-risk,"C"1,2025-06-30,8,10,,'),
        "observations.csv:3: a quoted text goes on",
    ),
    "a line after a blank one": (
        observation("\n\r\n,,,,,,\nclot-risk,C1,2025-06-30,-8,10,,"),
        'observations.csv:6: numerator "-8" is negative',
    ),
    "a line after a field of two lines": (
        observation('clot-risk,"C1\n",2025-06-30,8,10,,\nclot-risk,C1,2025-07-07,-8,10,,'),
        'observations.csv:5: numerator "-8" is negative',
    ),
    "an endless field": (
        observation("clot-risk," + "x" * 200_000 + ",2025-06-30,8,10,,"),
        "observations.csv:3: a field is far too long",
    ),
    "an endless line": (observation("x" * 3_000_000), "a million characters long"),
    "a missing column": (
        {"observations.csv": "measure,clinician,period_start,numerator\n"},
        "observations.csv:1: the column denominator is missing",
    ),
    "missing columns": (
        {"people.csv": "email,name\n"},
        "people.csv:1: the columns profession, unit are missing",
    ),
    "a column twice": (
        {"absences.csv": "email,starts,ends,email\n"},
        "absences.csv:1: the column email is there twice",
    ),
    "semicolons": (
        {"observations.csv": "measure;clinician;period_start;numerator;denominator\n"},
        "observations.csv:1: the columns are separated by semicolons",
    ),
    "tabs": ({"people.csv": PEOPLE.replace(",", "\t")}, "people.csv:1: the columns are separated by tabs"),
    "Excel's own first line": ({"people.csv": "sep=,\n" + PEOPLE}, "people.csv:1: remove this first line"),
    "an empty file": ({"observations.csv": ""}, "observations.csv:1: the file is empty"),
    "a file of blank lines": ({"observations.csv": "\n\n\n"}, "observations.csv:1: the file is empty"),
    "NUL bytes": (
        {"observations.csv": OBSERVATIONS.encode() + b"clot-risk,C1,2025-06-30,8,10,,\nclot\0"},
        "observations.csv:3: there is a NUL byte",
    ),
    "UTF-16": (
        {"people.csv": PEOPLE.encode("utf-16")},
        'people.csv:1: the file is in UTF-16; save the file as "CSV UTF-8"',
    ),
    "Windows letters": (
        {"people.csv": PEOPLE.encode() + "anna@ward.example,Zoë,doctor,Ward 1,,,\n".encode("cp1252")},
        "people.csv:2: this line is not in UTF-8 (byte 0xEB); save",
    ),
    "half a letter at the end": (
        {"people.csv": PEOPLE.encode() + b"\r\n\xc3"},
        "people.csv:3: this line is not in UTF-8",
    ),
    "no address": ({"people.csv": PEOPLE + ",Anna,doctor,Ward 1,,,\n"}, "people.csv:2: email is empty"),
    "an address that is none": (
        {"people.csv": PEOPLE + "anna,Anna,doctor,Ward 1,,,\n"},
        'people.csv:2: email "anna" is not an email address',
    ),
    "no name": (
        {"people.csv": PEOPLE + "anna@ward.example,,doctor,Ward 1,,,\n"},
        "people.csv:2: name is empty",
    ),
    "an address twice": (
        {"people.csv": GOOD["people.csv"] + "ANNA@ward.example,Anna,doctor,Ward 1,,,\n"},
        'people.csv:5: the address "anna@ward.example" is already in line 2',
    ),
    "a code twice": (
        {"people.csv": GOOD["people.csv"] + "cy@ward.example,Cy,doctor,Ward 1,,C1,\n"},
        'people.csv:5: clinician_code "C1" is already in line 2',
    ),
    "an account twice": (
        {"people.csv": GOOD["people.csv"] + "cy@ward.example,Cy,doctor,Ward 1,,,U0000AAA1\n"},
        'people.csv:5: slack_user_id "U0000AAA1" is already in line 2',
    ),
    "an account that is none": (
        {"people.csv": GOOD["people.csv"] + "cy@ward.example,Cy,doctor,Ward 1,,,@cy\n"},
        'people.csv:5: slack_user_id "@cy" is not an id of Slack\'s',
    ),
    "an unknown unit": (
        {"people.csv": GOOD["people.csv"] + "cy@ward.example,Cy,doctor,Ward 7,,,\n"},
        'people.csv:5: unit "Ward 7" is not known; add it to units.csv',
    ),
    "an invisible character": (
        {"people.csv": GOOD["people.csv"] + "cy@ward.example,C\x1by,doctor,Ward 1,,,\n"},
        'people.csv:5: name "C\ufffdy" has an invisible character in it (U+001B)',
    ),
    "a name in two lines": (
        {"people.csv": GOOD["people.csv"] + 'cy@ward.example,"C\ny",doctor,Ward 1,,,\n'},
        'people.csv:5: name "C\ufffdy" has an invisible character in it (U+000A)',
    ),
    "a long name": (
        {"people.csv": GOOD["people.csv"] + f"cy@ward.example,{'C' * 201},doctor,Ward 1,,,\n"},
        "is too long; use at most 200 characters",
    ),
    "an unknown leader": (
        {"units.csv": UNITS + "Hospital,,,zoe@ward.example,,\nWard 1,,,,,\n"},
        'units.csv:2: leader_email "zoe@ward.example" is not known',
    ),
    "an unknown parent": (
        {"units.csv": UNITS + "Hospital,Trust,,,,\nWard 1,,,,,\n"},
        'units.csv:2: parent "Trust" is not known',
    ),
    "a unit twice": (
        {"units.csv": GOOD["units.csv"] + "Ward 1,,,,,\n"},
        'units.csv:4: the unit "Ward 1" is already in line 3',
    ),
    "its own parent": (
        {"units.csv": UNITS + "Hospital,Hospital,,,,\nWard 1,,,,,\n"},
        'units.csv:2: the units stand in a circle: "Hospital" → "Hospital"',
    ),
    "units in a circle": (
        {"units.csv": UNITS + "Hospital,,,,,\nWard 1,Ward 2,,,,\nWard 2,Ward 3,,,,\nWard 3,Ward 1,,,,\n"},
        'units.csv:3: the units stand in a circle: "Ward 1" → "Ward 2" → "Ward 3" → "Ward 1"',
    ),
    "an unknown role": (
        {"roles.csv": "email,role,unit\nanna@ward.example,boss,\n"},
        'roles.csv:2: role "boss" is not known; use one of analyst, administrator, coach, approver',
    ),
    "a role of nobody": (
        {"roles.csv": "email,role,unit\nzoe@ward.example,coach,\n"},
        'roles.csv:2: email "zoe@ward.example" is not known',
    ),
    "a role twice": (
        {"roles.csv": "email,role,unit\nanna@ward.example,coach,\nanna@ward.example,coach,\n"},
        'roles.csv:3: this role of "anna@ward.example" is already in line 2',
    ),
    "an end before the start": (
        {"absences.csv": ABSENCES + "anna@ward.example,2025-07-14,2025-07-01\n"},
        "absences.csv:2: ends 2025-07-01 is before starts 2025-07-14",
    ),
    "an absence without end": (
        {"absences.csv": ABSENCES + "anna@ward.example,2025-07-14,\n"},
        "absences.csv:2: ends is empty",
    ),
    "overlapping absences": (
        {
            "absences.csv": ABSENCES
            + "anna@ward.example,2025-07-01,2025-07-14\nanna@ward.example,2025-07-14,2025-07-20\n"
        },
        "absences.csv:3: anna@ward.example, 2025-07-14 to 2025-07-20: overlaps"
        " 2025-07-01 to 2025-07-14 in line 2",
    ),
    "an absence twice": (
        {"absences.csv": ABSENCES + "anna@ward.example,2025-07-01,2025-07-14\n" * 2},
        "absences.csv:3: anna@ward.example, 2025-07-01 to 2025-07-14: overlaps"
        " 2025-07-01 to 2025-07-14 in line 2; keep one",
    ),
    "overlapping memberships": (
        {
            "memberships.csv": MEMBERSHIPS
            + "anna@ward.example,Ward 1,,2025-07-01,\nanna@ward.example,Ward 1,,,2025-07-01\n"
        },
        'memberships.csv:3: anna@ward.example in "Ward 1", always to 2025-07-01:'
        " overlaps 2025-07-01 to open in line 2",
    ),
    "broken TOML": ({"measures.toml": MEASURE + "title = \n"}, "measures.toml:16: this is not TOML"),
    "one bracket": (
        {"measures.toml": '\n[measure]\nid = "x"\n'},
        "measures.toml:2: write [[measure]] with two brackets",
    ),
    "TOML in UTF-16": ({"measures.toml": MEASURE.encode("utf-16")}, "measures.toml:1: the file is in UTF-16"),
    "no id": (measure('id = "clot-risk"\n', ""), "measures.toml:1: measure number 1: id is missing"),
    "no title": (
        measure('title = "Clot risk assessed"\n', ""),
        'measures.toml:1: the measure "clot-risk": title is missing',
    ),
    "an unknown kind": (
        measure('"proportion"', '"percent"'),
        'measures.toml:7: the measure "clot-risk": kind "percent" is not known; use one'
        " of proportion, rate, mean, ratio",
    ),
    "a number in quotes": (
        measure("per = 100", 'per = "100"'),
        'measures.toml:13: the measure "clot-risk": per must be a number',
    ),
    "per nothing": (
        measure("per = 100", "per = 0"),
        'measures.toml:13: the measure "clot-risk": per must be more than 0',
    ),
    "a negative minimum": (
        measure("min_denominator = 10", "min_denominator = -1"),
        'measures.toml:12: the measure "clot-risk": min_denominator is negative',
    ),
    "a number beyond meaning": (
        measure("min_denominator = 10", "min_denominator = 1" + "0" * 400),
        'measures.toml:12: the measure "clot-risk": min_denominator is not a number that can be meant',
    ),
    "a goal in percent": (
        measure("per = 100", "goal = 85"),
        'measures.toml:13: the measure "clot-risk": goal of a proportion is between 0 and 1',
    ),
    "half a day": (
        measure("per = 100", "settles_after = 0.5"),
        'measures.toml:13: the measure "clot-risk": settles_after is a number of whole days',
    ),
    "a review date that is none": (measure("per = 100", 'next_review = "14/07/2025"'), "such as 2025-07-14"),
    "a measure twice": (
        {
            "measures.toml": MEASURE.format(key="a", kind="rate", period="week") * 2,
            "observations.csv": OBSERVATIONS,
        },
        'measures.toml:17: the measure "a" is already in line 2',
    ),
}


@pytest.mark.parametrize(("files", "said"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_is_said_with_its_line(
    sqlite: Database, folder: Path, importer: Importer, files: dict[str, str | bytes], said: str
) -> None:
    write(folder, files)
    before = dump(sqlite)
    with pytest.raises(IntakeErrors) as refused:
        importer(sqlite, folder)
    assert said in str(refused.value)
    assert dump(sqlite) == before
