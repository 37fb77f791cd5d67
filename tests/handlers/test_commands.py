"""The `rounds` command keeps its contract: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from bot.clock import SystemClock
from bot.demo.generate import generate
from handlers.cli import main
from handlers.demo import workspace_of
from storage.digests import Look
from storage.engine import Database

Run = Callable[..., tuple[int, str, str]]

RESULT_KEYS = {
    "clinician",
    "numerator",
    "denominator",
    "value",
    "interval",
    "percentile",
    "limits_95",
    "limits_998",
    "signal",
    "trend",
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `rounds …` in this process, on a database of its own; returns exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'rounds.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rounds", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("data"), last_sunday=date(2026, 11, 15)).directory


def test_an_import_prints_counts_and_the_same_again_changes_nothing(run: Run, demo_data: Path) -> None:
    code, out, _ = run("import", str(demo_data))
    assert code == 0
    assert "people.csv: 64 new" in out
    code, out, _ = run("import", str(demo_data))
    assert code == 0
    assert "changed nothing" in out.lower() or "nothing changed" in out.lower()


def test_a_dry_run_changes_nothing(run: Run, demo_data: Path) -> None:
    assert run("import", str(demo_data), "--dry-run")[0] == 0
    code, out, _ = run("imports")
    assert code == 0
    assert "Nothing has been imported yet" in out


def test_an_import_can_be_taken_back(run: Run, demo_data: Path) -> None:
    run("import", str(demo_data))
    assert run("import", "--undo", "1")[0] == 0
    _, out, _ = run("imports")
    assert "undone" in out
    assert run("import", "--undo", "7")[0] == 2


def test_wrong_rows_are_named_with_file_and_line_and_nothing_is_changed(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "people.csv").write_text(
        "email,name,profession,unit,peer_group,clinician_code,slack_user_id\n,,,,,,\nx,\n"
    )
    code, out, err = run("import", str(folder))
    assert code == 2
    assert "people.csv:3:" in out + err
    assert "Nothing has been imported yet" in run("imports")[1]


def test_compare_gives_the_contracts_json(run: Run, demo_data: Path) -> None:
    run("import", str(demo_data))
    code, out, _ = run("compare", "antibiotic-review", "--through", "2026-11-15", "--format", "json")
    assert code == 0
    found = json.loads(out)
    assert {"measure", "through", "periods", "peer_groups"} == found.keys()
    assert (found["measure"], found["through"], found["periods"]) == ("antibiotic-review", "2026-11-15", 12)
    physicians = next(group for group in found["peer_groups"] if group["name"] == "Physicians")
    assert {"name", "clinicians", "benchmark", "centre", "phi", "tau2", "results"} == physicians.keys()
    assert {"value", "clinicians", "denominator"} == physicians["benchmark"].keys()
    for result in physicians["results"]:
        assert result.keys() == RESULT_KEYS
        assert result["signal"] in ("higher", "lower", "within", "too_few")
        assert result["trend"].keys() == {"centre", "lower", "upper", "signals"}
    gap = next(r for r in physicians["results"] if r["clinician"] == "C08")
    assert gap["signal"] == "lower"
    assert gap["value"] < gap["limits_998"][0]


def test_compare_as_csv_and_as_a_table_say_the_same(run: Run, demo_data: Path) -> None:
    run("import", str(demo_data))
    code, out, _ = run("compare", "antibiotic-review", "--through", "2026-11-15", "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert next(row["signal"] for row in rows if row["clinician"] == "C08") == "lower"
    code, table, _ = run("compare", "antibiotic-review", "--through", "2026-11-15")
    assert code == 0
    assert "higher is better" in table
    assert all(row["clinician"] in table for row in rows)


def test_where_figures_ended_long_before_compare_says_which_day_to_try(run: Run, demo_data: Path) -> None:
    run("import", str(demo_data))
    code, _, err = run("compare", "antibiotic-review", "--through", "2032-01-01")
    assert code == 2
    assert "in the 12 weeks up to 2032-01-01; the latest end on 2026-11-15: try --through 2026-11-15." in err
    assert run("compare", "antibiotic-review", "--through", "2026-11-15")[0] == 0


def test_the_demo_says_in_its_chooser_who_everybody_is(demo_data: Path) -> None:
    users = workspace_of(demo_data, SystemClock()).users.values()
    titles = {user.real_name: user.title for user in users}
    assert titles["Ruth Adeyemi"] == "doctor, leads Northmere Medicine"
    assert titles["Amara Okafor"] == "doctor, Ash Ward, gets a digest"
    assert titles["James Hartley"] == "doctor, leads Ash Ward, gets a digest"
    assert titles["Maria Santos"] == "nurse, Ash Ward"


def test_broad_spectrum_finds_two_of_106(run: Run, shared: Path) -> None:
    assert run("import", str(shared / "data" / "prescribing"))[0] == 0
    _, out, _ = run("compare", "broad-spectrum", "--through", "2025-12-31", "--format", "json")
    (group,) = json.loads(out)["peer_groups"]
    assert group["clinicians"] == 106
    assert sum(r["signal"] in ("higher", "lower") for r in group["results"]) == 2


@pytest.mark.parametrize(
    ("data", "week", "count"),
    [("clinics", "2025-W29", 24), ("emergency", "2019-W14", 140), ("hospitals", "1991-W06", 54)],
)
def test_a_preview_writes_one_file_for_each_clinician(
    run: Run, shared: Path, tmp_path: Path, data: str, week: str, count: int
) -> None:
    assert run("import", str(shared / "data" / data))[0] == 0
    code, out, _ = run("digest", "preview", "--week", week, "--out", str(tmp_path / "out"))
    assert code == 0, out
    files = sorted((tmp_path / "out").glob("*.json"))
    assert len(files) == count
    for file in files:
        digest = json.loads(file.read_text(encoding="utf-8"))
        assert digest.keys() in ({"text", "blocks"}, {"skipped"})
        # Few cases of one month alone are told without a picture.
        pictures = [block for block in digest.get("blocks", ()) if block["type"] == "image"]
        assert file.with_suffix(".png").exists() == bool(pictures)
        assert pictures or data == "hospitals" or "skipped" in digest


def test_a_preview_can_be_said_in_another_language(run: Run, demo_data: Path, tmp_path: Path) -> None:
    run("import", str(demo_data))
    asked = ("digest", "preview", "--week", "2026-W46", "--person", "amara.okafor@rounds.example", "--out")
    said = {}
    for language in ("en_GB", "en_US"):
        code, out, _ = run(*asked, str(tmp_path / language), "--language", language)
        assert code == 0, out
        (file,) = (tmp_path / language).glob("*.json")
        said[language] = json.loads(file.read_text(encoding="utf-8"))["text"]
    assert said == {
        "en_GB": "Your week in care, 9–15 November",
        "en_US": "Your week in care, November 9–15",
    }


def test_every_look_is_recorded_for_its_subject(run: Run, demo_data: Path, tmp_path: Path) -> None:
    run("import", str(demo_data))
    run("compare", "antibiotic-review", "--through", "2026-11-15", "--reason", "checking the data")
    run("digest", "preview", "--week", "2026-W46", "--out", "x", "--person", "amara.okafor@rounds.example")
    database = Database(f"sqlite:///{tmp_path / 'rounds.db'}")
    with database.read() as session:
        looks = session.exec(select(Look)).all()
    database.close()
    assert {look.reason for look in looks if look.what == "compare antibiotic-review"} == {
        "checking the data"
    }
    assert len([look for look in looks if look.what == "digest preview 2026-W46"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("compare", "nothing"), 2, "There is no measure 'nothing'"),
        (("compare", "x", "--through", "yesterday"), 2, "write it as 2025-12-31"),
        (("digest", "preview", "--week", "29", "--out", "x"), 2, "such as 2025-W29"),
        (("digest", "preview", "--out", "x", "--person", "nobody@x.example"), 2, "nobody@x.example"),
        (("digest", "preview", "--out", "x", "--language", "tlh"), 2, "use one of en_GB, en_US"),
        (("digest", "send"), 1, "SLACK_BOT_TOKEN is not set"),
        (("run",), 1, "SLACK_APP_TOKEN"),
        (("erase", "nobody@x.example"), 2, "Nobody with the email address nobody@x.example"),
        (("import",), 2, "the folder with the files"),
        (("import", "--undo", "abc"), 2, "'abc' is not the number of an import"),
        (("import", "/nowhere/at/all"), 2, "there is no such folder"),
        (("fly",), 2, "fly"),
        (("import", "--sideways"), 2, "sideways"),
    ],
)
def test_wrong_words_get_a_sentence_and_the_right_exit_code(
    run: Run, words: tuple[str, ...], code: int, says: str
) -> None:
    ended, out, err = run(*words)
    assert ended == code, out + err
    assert says in out + err


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_DIGEST_WEEKDAY", "1")
    code, _, err = run("imports")
    assert code == 2
    assert "ROUNDS_DIGEST_WEEKDAY" in err


def test_a_database_that_is_away_is_told_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    code, _, err = run("imports")
    assert code == 1
    assert "DATABASE_URL" in err


def test_db_upgrade_is_harmless_twice(run: Run) -> None:
    assert run("db", "upgrade")[0] == 0
    assert run("db", "upgrade")[0] == 0


def test_a_peer_group_is_unblinded_and_blinded_again(run: Run, demo_data: Path) -> None:
    run("import", str(demo_data))
    code, output, _ = run("group")
    assert code == 0
    assert "blinded    Physicians" in output
    code, output, _ = run("group", "Physicians", "--unblinded")
    assert code == 0
    assert "after 8 digests" in output
    assert "unblinded  Physicians" in run("group")[1]
    # Without a word about it nothing changes.
    assert "only among those who agree" in run("group", "Physicians")[1]
    code, output, _ = run("group", "Physicians", "--blinded")
    assert (code, output) == (0, "No names are shown in Physicians.\n")
    for words in (("group", "Surgeons", "--unblinded"), ("group", "--unblinded")):
        code, _, errors = run(*words)
        assert code == 2
        assert "`rounds group` lists them." in errors
