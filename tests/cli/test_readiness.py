"""`aftercall report readiness` and the hint of `aftercall staff set`."""

from __future__ import annotations

import csv
import io
import stat
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_report import documented
from tests.clinic import SampleClinic, make_clinic
from tests.desk.practice_world import practised, trainee
from tests.practice_runs import SHELF


@pytest.fixture
def clinic(sqlite_database: object, now: datetime, monkeypatch: pytest.MonkeyPatch) -> SampleClinic:
    monkeypatch.setattr("console.readiness.shelf.shelf", lambda: SHELF)
    made = make_clinic(sqlite_database, now)  # type: ignore[arg-type]
    seat = trainee(made, name="=1+1")
    practised(seat, made, "plain")
    practised(seat, made, "bleed", 70)
    monkeypatch.setattr("console.cli.common.now", lambda _database=None: made.now)
    return made


def actions(clinic: SampleClinic) -> list[object]:
    return [
        row["action"]
        for row in clinic.rows("SELECT action FROM audit WHERE action LIKE '%readiness' ORDER BY id")
    ]


def test_the_document_has_the_documented_shape(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic
) -> None:
    done = run(*as_lead, "report", "readiness", "--json")
    assert done.code == 0 and set(done.document) == documented("aftercall report readiness")
    first = done.document["people"][0]
    assert (first["login"], first["trainee"], first["ready"]) == ("xiao", True, False)
    assert (first["passed"], first["of"], first["latest"]) == (1, 3, [100, 70])
    assert [one["course"] for one in first["missing"]] == ["first_week", "exam"]
    states = {one["code"]: one["missing"] for one in first["courses"][0]["scenarios"]}
    assert states == {"plain": None, "bleed": "practice_below"}
    assert first["exam"] == {"percent": None, "passed": False}
    assert list(first["competencies"]) == [
        *("communication", "needs", "medical_knowledge", "problem_solving", "emotion_control")
    ]
    assert actions(clinic) == ["report.readiness"]


def test_a_table_leaves_neutralised_private_and_audited(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic, tmp_path: Path
) -> None:
    place = tmp_path / "team.csv"
    done = run(*as_lead, "report", "readiness", "--csv", str(place), "--json")
    assert done.code == 0 and done.document == {"file": str(place), "format": "csv", "rows": 6}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(place.read_text(encoding="utf-8-sig"))))
    assert (rows[0]["name"], rows[0]["courses_open"], rows[0]["medical_knowledge"]) == (
        *("'=1+1", "first_week exam"),
        "85",
    )
    assert actions(clinic) == ["export.readiness"]
    again = run(*as_lead, "report", "readiness", "--csv", str(place), "--json")
    assert again.code == 2 and again.document["error"]["code"] == "file_exists"
    assert actions(clinic) == ["export.readiness"]


def test_who_is_no_lead_gets_her_own_and_no_table(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic, tmp_path: Path
) -> None:
    as_trainee = (*as_lead[:3], "xiao")
    people = run(*as_trainee, "report", "readiness", "--json").document["people"]
    assert [one["login"] for one in people] == ["xiao"]
    refused = run(*as_trainee, "report", "readiness", "--csv", str(tmp_path / "t.csv"), "--json")
    assert refused.code == 4 and refused.document["error"]["code"] == "role_needed"
    assert not (tmp_path / "t.csv").exists()


def test_it_is_read_in_words_and_written_to_files(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic, tmp_path: Path
) -> None:
    said = run(*as_lead, "report", "readiness").out
    assert "# Who is ready for real calls" in said and "1/3" in said and "exam 0/1" in said
    for form in ("html", "xlsx"):
        place = tmp_path / f"team.{form}"
        assert run(*as_lead, "report", "readiness", "--format", form, "--out", str(place)).code == 0
        assert place.stat().st_size > 500
    assert run(*as_lead, "report", "readiness", "--format", "xlsx").code == 2


def test_staff_set_tells_the_lead_what_a_new_caller_has_not_passed(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic
) -> None:
    kept = run(*as_lead, "staff", "set", "xiao", "--name", "小赵")
    assert kept.code == 0 and "practice" not in kept.err
    done = run(*as_lead, "staff", "set", "xiao", "--role", "caller", "--json")
    assert done.code == 0 and done.document["staff"]["roles"] == ["caller"]
    assert (
        "小赵 works on real calls from now on; not passed in practice: first_week 1/2, exam 0/1." in done.err
    )
    assert done.err.count("\n") == 1
    # Said once, at the change.
    assert "practice" not in run(*as_lead, "staff", "set", "xiao", "--role", "nurse").err
