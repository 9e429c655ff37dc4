"""An export into the record: the sample files against their keys, repeats, conflicts, kills."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from console.desk import fixlist, imports
from console.desk.placing import drain
from console.rules.placement import place
from db import drain as cache
from db.connect import Database, reading, unit_of_work
from db.enums import Role
from db.errors import NotAllowed, WrongUse
from db.import_records import ImportReport
from db.instants import to_ms
from tests.clinic import SampleClinic

DATA = Path(__file__).parent.parent / "data"
AT = date(2026, 6, 15)
HEAD = [
    "客户编号",
    "姓名",
    "出生日期",
    "手机",
    "备用电话",
    "到院日期",
    "是否成交",
    "项目名称",
    "手术日期",
    "备注",
]
ROW = {
    "客户编号": "K1",
    "姓名": "王小丽",
    "手机": "13800138000",
    "到院日期": "2026-06-14",
    "是否成交": "是",
    "项目名称": "双眼皮",
    "手术日期": "2026-06-14",
}
OTHER = {**ROW, "客户编号": "K2", "姓名": "赵敏", "手机": "13900139000"}


@pytest.fixture
def unstarted(clinic: SampleClinic) -> SampleClinic:
    """A clinic that has not gone live yet."""
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE clinic SET go_live = NULL")
    return clinic


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, HEAD)
        table.writeheader()
        table.writerows(rows)
    return path


def take(clinic: SampleClinic, path: Path, **options: object) -> ImportReport:
    return imports.run(clinic.database, path, now=clinic.now, at=AT, **options)  # type: ignore[arg-type]


def take_rows(clinic: SampleClinic, tmp_path: Path, *rows: dict[str, str]) -> ImportReport:
    return take(clinic, write(tmp_path / "export.csv", *rows))


def codes(report: ImportReport) -> list[tuple[int, str]]:
    return [(row.row, row.code) for row in report.rejected]


def stored(clinic: SampleClinic) -> set[tuple[object, ...]]:
    """Every fact of the key as the record has it, per external id."""
    treated = clinic.rows(
        """SELECT p.external_id, f.e164, t.procedure, t.performed_on, p.born_on FROM treatment t
             JOIN patient p ON p.id = t.patient_id JOIN phone f ON f.patient_id = p.id AND f.rank = 1"""
    )
    visited = clinic.rows(
        """SELECT p.external_id, f.e164, NULL AS procedure, NULL AS performed_on, p.born_on FROM visit v
             JOIN patient p ON p.id = v.patient_id JOIN phone f ON f.patient_id = p.id AND f.rank = 1
            WHERE v.kind = 'unconverted'"""
    )
    return {
        tuple(None if value is None else str(value) for value in row.values()) for row in (*treated, *visited)
    }


def expected_facts(name: str) -> set[tuple[object, ...]]:
    key = json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    with (DATA / f"{name}.csv").open(encoding="gb18030", newline="") as file:
        rows = list(csv.reader(file))
    return {
        (
            rows[int(number) - 1][0],
            facts["phone"],
            facts["procedure"],
            facts["performed_on"],
            facts["born_on"],
        )
        for number, facts in key["facts"].items()
    }


@pytest.mark.parametrize(("first", "second"), [("csv", "xlsx"), ("xlsx", "csv")])
def test_the_small_sample_and_its_repeats(unstarted: SampleClinic, first: str, second: str) -> None:
    _sample_and_repeats(unstarted, "clinic_small", first, second)


@pytest.mark.parametrize(("first", "second"), [("csv", "xlsx"), ("xlsx", "csv")])
def test_the_large_sample_and_its_repeats(
    sqlite_database: Database, now: datetime, first: str, second: str
) -> None:
    from tests.clinic import make_clinic

    clinic = make_clinic(sqlite_database, now)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE clinic SET go_live = NULL")
    _sample_and_repeats(clinic, "clinic_export", first, second)


def _sample_and_repeats(clinic: SampleClinic, name: str, first: str, second: str) -> None:
    key = json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    report = take(clinic, DATA / f"{name}.{first}")
    assert codes(report) == [(row["row"], row["code"]) for row in key["rejected"]]
    assert (report.accepted, report.updated, report.unchanged) == (key["accepted_rows"], 0, 0)
    assert stored(clinic) == expected_facts(name)
    assert report.items_planned == clinic.count("item") > 0
    assert clinic.count("refused_row") == len(key["rejected"])
    before = {
        table: clinic.count(table)
        for table in ("patient", "phone", "treatment", "visit", "item", "refused_row")
    }
    for kind in (second, first):
        again = take(clinic, DATA / f"{name}.{kind}")
        assert (again.accepted, again.updated, again.items_planned) == (0, 0, 0)
        assert again.unchanged == key["accepted_rows"]
        assert again.rejected == report.rejected
        assert {table: clinic.count(table) for table in before} == before
    assert str(clinic.rows("SELECT go_live FROM clinic")[0]["go_live"]) == "2026-06-15"


def test_stored_places_are_what_placement_says(unstarted: SampleClinic) -> None:
    take(unstarted, DATA / "clinic_small.csv")
    seat = unstarted.seat()
    drain(unstarted.database, unstarted.clinic_id, seat.policy, unstarted.now)
    ids = tuple(int(str(row["id"])) for row in unstarted.rows("SELECT id FROM item ORDER BY id"))
    with reading(unstarted.database) as connection:
        rows = {row["id"]: row for row in connection.execute("SELECT * FROM item")}
        for facts in cache.facts(connection, unstarted.clinic_id, ids, to_ms(unstarted.now)):
            row, there = rows[facts.id], place(facts, seat.policy, unstarted.now)
            assert (
                row["state"],
                row["band"],
                row["deadline_at"],
                row["lane_id"],
                bool(row["passes_windows"]),
            ) == (
                there.state,
                there.band,
                to_ms(there.deadline_at),
                there.lane_id,
                there.passes_windows,
            ), row["milestone"]


def test_a_trial_run_tells_the_same_and_writes_nothing(unstarted: SampleClinic) -> None:
    trial = take(unstarted, DATA / "clinic_small.csv", dry_run=True)
    assert trial.dry_run
    for table in ("patient", "item", "refused_row", "imported_row", "import_batch", "contact_group"):
        assert unstarted.count(table) == 0
    assert unstarted.rows("SELECT go_live FROM clinic")[0]["go_live"] is None
    real = take(unstarted, DATA / "clinic_small.csv")
    assert (trial.accepted, trial.items_planned, trial.rejected) == (
        real.accepted,
        real.items_planned,
        real.rejected,
    )


def test_go_live_that_is_set_stays(clinic: SampleClinic, tmp_path: Path) -> None:
    take_rows(clinic, tmp_path, ROW)
    assert str(clinic.rows("SELECT go_live FROM clinic")[0]["go_live"]) == "2020-06-15"


def test_relatives_share_a_number_and_a_group(clinic: SampleClinic, tmp_path: Path) -> None:
    third = {**ROW, "客户编号": "K3", "姓名": "孙丽", "手机": "13700137000", "备用电话": "13900139000"}
    report = take_rows(clinic, tmp_path, ROW, {**OTHER, "手机": "13800138000"}, third)
    assert report.accepted == 3
    groups = {
        row["external_id"]: row["group_id"]
        for row in clinic.rows("SELECT external_id, group_id FROM patient")
    }
    assert groups["K1"] == groups["K2"] != groups["K3"]
    take_rows(clinic, tmp_path, {**third, "备注": "x", "备用电话": "13800138000"})
    groups = {
        row["external_id"]: row["group_id"]
        for row in clinic.rows("SELECT external_id, group_id FROM patient")
    }
    assert len(set(groups.values())) == 1
    assert {row["group_id"] for row in clinic.rows("SELECT DISTINCT group_id FROM item")} == set(
        groups.values()
    )


def test_joining_keeps_the_group_that_is_leased(clinic: SampleClinic, tmp_path: Path) -> None:
    take_rows(clinic, tmp_path, ROW, OTHER)
    seat = clinic.seat()
    groups = {
        row["external_id"]: row["group_id"]
        for row in clinic.rows("SELECT external_id, group_id FROM patient")
    }
    with unit_of_work(clinic.database) as connection:
        connection.insert(
            "contact_lease",
            {
                "clinic_id": clinic.clinic_id,
                "group_id": groups["K2"],
                "staff_id": seat.staff_id,
                "seat_id": seat.seat_id,
                "token": 5,
                "stage": "preview",
                "acquired_at": to_ms(clinic.now),
                "expires_at": to_ms(clinic.now) + 90_000,
            },
        )
    take_rows(clinic, tmp_path, {**ROW, "备用电话": OTHER["手机"], "备注": "x"})
    assert {row["group_id"] for row in clinic.rows("SELECT DISTINCT group_id FROM patient")} == {groups["K2"]}


def test_one_id_two_operations_and_the_same_one_twice(clinic: SampleClinic, tmp_path: Path) -> None:
    second = {**ROW, "项目名称": "吸脂", "手术日期": "2026-06-10"}
    report = take_rows(clinic, tmp_path, ROW, second, {**ROW, "备注": "again"})
    assert (report.accepted, report.updated, report.unchanged) == (2, 1, 0)
    assert clinic.count("patient") == 1
    assert clinic.count("treatment") == 2


def test_duplicate_rows_of_one_file(clinic: SampleClinic, tmp_path: Path) -> None:
    report = take_rows(clinic, tmp_path, ROW, ROW, {**ROW, "姓名": ""}, {**ROW, "姓名": ""}, ROW)
    assert codes(report) == [
        (3, "duplicate_row"),
        (4, "name_missing"),
        (5, "name_missing"),
        (6, "duplicate_row"),
    ]
    assert clinic.count("refused_row") == 4
    assert codes(
        take_rows(clinic, tmp_path, ROW, ROW, {**ROW, "姓名": ""}, {**ROW, "姓名": ""}, ROW)
    ) == codes(report)
    assert clinic.count("refused_row") == 4


@pytest.mark.parametrize("apart", [False, True])
def test_id_conflict_and_updates(clinic: SampleClinic, tmp_path: Path, apart: bool) -> None:
    conflict = {**ROW, "姓名": "别人", "手机": "13600136000", "项目名称": "吸脂"}
    renamed = {**ROW, "姓名": "王晓丽"}
    moved = {**renamed, "手机": "13500135000"}
    rows = [ROW, conflict, renamed, moved]
    if apart:
        reports = [take_rows(clinic, tmp_path, row) for row in rows]
        assert [len(report.rejected) for report in reports] == [0, 1, 0, 0]
        assert [report.updated for report in reports] == [0, 0, 1, 1]
        assert [caution.code for report in reports for caution in report.cautions] == [
            "name_changed",
            "phone_changed",
        ]
    else:
        report = take_rows(clinic, tmp_path, *rows)
        assert codes(report) == [(3, "id_conflict")]
        assert (report.accepted, report.updated) == (1, 2)
    numbers = clinic.rows("SELECT e164 FROM phone ORDER BY rank")
    assert [row["e164"] for row in numbers] == ["+8613500135000", "+8613800138000"]
    assert clinic.rows("SELECT name FROM patient")[0]["name"] == "王晓丽"
    # The refused row stays refused, although its id knows a later number; the older rows change nothing back.
    again = take_rows(clinic, tmp_path, *rows)
    assert (again.accepted, again.updated, again.unchanged, codes(again)) == (0, 0, 3, [(3, "id_conflict")])


def test_a_conflict_stays_one_when_a_later_row_brings_its_number(
    clinic: SampleClinic, tmp_path: Path
) -> None:
    conflict = {**ROW, "姓名": "别人", "手机": "13600136000"}
    rows = [ROW, conflict, {**ROW, "手机": "13600136000"}]
    assert codes(take_rows(clinic, tmp_path, *rows)) == [(3, "id_conflict")]
    assert codes(take_rows(clinic, tmp_path, *rows)) == [(3, "id_conflict")]


def test_rows_without_an_id_find_their_patient(clinic: SampleClinic, tmp_path: Path) -> None:
    report = take_rows(
        clinic, tmp_path, {**ROW, "客户编号": ""}, {**ROW, "客户编号": "", "项目名称": "吸脂"}, ROW
    )
    assert report.accepted == 2
    assert report.updated == 1
    assert clinic.rows("SELECT external_id FROM patient") == [{"external_id": "K1"}]


def test_a_treatment_ends_the_unconverted_calls(clinic: SampleClinic, tmp_path: Path) -> None:
    visit = {**ROW, "是否成交": "否", "手术日期": "", "到院日期": "2026-06-13"}
    assert take_rows(clinic, tmp_path, visit).items_planned == 2
    take_rows(clinic, tmp_path, ROW)
    states = clinic.rows("SELECT state, close_reason FROM item WHERE milestone IN ('UC1', 'UC2')")
    assert {(row["state"], row["close_reason"]) for row in states} == {("cancelled", "converted")}
    earlier = {**visit, "客户编号": "K9", "手机": "13700137000"}
    both = take_rows(clinic, tmp_path, {**ROW, "客户编号": "K9", "手机": "13700137000"}, earlier)
    assert both.accepted == 2
    assert not clinic.rows(
        "SELECT i.id FROM item i JOIN patient p ON p.id = i.patient_id"
        " WHERE p.external_id = 'K9' AND i.milestone = 'UC1'"
    )


def test_a_repaired_row_leaves_the_fix_list(clinic: SampleClinic, tmp_path: Path) -> None:
    take_rows(clinic, tmp_path, {**ROW, "手机": "138"}, {**OTHER, "姓名": ""})
    take_rows(clinic, tmp_path, ROW, {**OTHER, "姓名": ""})
    left = fixlist.fix_list(clinic.seat("lead"), clinic.now)
    assert [(row.code, dict(row.cells)["external_id"]) for row in left] == [("name_missing", "K2")]


def test_the_fix_list_is_the_leads_and_newest_operation_comes_first(
    clinic: SampleClinic, tmp_path: Path
) -> None:
    rows = [
        {**ROW, "姓名": "", "手术日期": day, "备注": day}
        for day in ("2026-06-01", "", "2026-06-12", "2026-05-01")
    ]
    report = take_rows(clinic, tmp_path, *rows)
    assert report.recent_refused == 1
    found = fixlist.fix_list(clinic.seat("lead"), clinic.now)
    assert [str(row.operated_on) for row in found] == ["2026-06-12", "2026-06-01", "2026-05-01", "None"]
    with pytest.raises(NotAllowed):
        fixlist.fix_list(clinic.seat("li"), clinic.now)
    assert fixlist.dismiss(clinic.seat("lead"), (found[0].id,), clinic.now) == 1
    take_rows(clinic, tmp_path, *rows)
    assert fixlist.count(clinic.seat("lead")) == 3


def test_a_new_word_replays_its_rows(clinic: SampleClinic, tmp_path: Path) -> None:
    rows = [{**ROW, "项目名称": "小 气泡"}, {**OTHER, "项目名称": "小气泡", "出生日期": "2026-06-15"}]
    assert [code for _, code in codes(take_rows(clinic, tmp_path, *rows))] == ["procedure_unknown"] * 2
    lead = clinic.seat("lead")
    done = fixlist.add_alias(lead, "小气泡", "laser_ipl_peel", clinic.now)
    assert (done.taken, done.refused) == (1, 1)
    assert done.items_planned == clinic.count("item") > 0
    assert [row.code for row in fixlist.fix_list(lead, clinic.now)] == ["born_after_treatment"]
    again = take_rows(clinic, tmp_path, *rows)
    assert (again.accepted, again.updated, again.unchanged, again.items_planned) == (0, 0, 1, 0)
    assert codes(again) == [(3, "born_after_treatment")]
    with pytest.raises(WrongUse):
        fixlist.add_alias(lead, "双眼皮", "liposuction", clinic.now)
    with pytest.raises(WrongUse):
        fixlist.add_alias(lead, "x", "no_such_code", clinic.now)


def test_hostile_strings_are_stored_cleaned(clinic: SampleClinic, tmp_path: Path) -> None:
    from console.clean import clean
    from tests.exchange.test_rows import HOSTILE

    rows: list[dict[str, str]] = []
    for number, text in enumerate(HOSTILE):
        text = text.encode("utf-8", "replace").decode()
        rows.append(
            {
                **ROW,
                "客户编号": f"H{number}",
                "姓名": f"王{text}",
                "备注": f"{text}\n{text}",
                "项目名称": f"双眼皮{text}"[:3],
            }
        )
    report = take_rows(clinic, tmp_path, *rows)
    assert report.accepted == len(HOSTILE)
    found = {row["external_id"]: row for row in clinic.rows("SELECT external_id, name, notes FROM patient")}
    for number, row in enumerate(rows):
        assert found[f"H{number}"]["name"] == clean(row["姓名"])[:10_000].strip()
        assert found[f"H{number}"]["notes"] == (
            clean(row["备注"].strip()[:10_000], multiline=True).strip() or None
        )


def test_changes_leave_audit_rows_without_values(clinic: SampleClinic, tmp_path: Path) -> None:
    take_rows(clinic, tmp_path, ROW)
    rows = clinic.rows("SELECT action, fields, digests FROM audit")
    assert {row["action"] for row in rows} >= {"import", "patient.add"}
    assert not any("王" in str(row) or "138" in str(row["fields"]) for row in rows)


def test_shown_values_are_masked() -> None:
    assert imports.shown("phone_invalid", "phone", "1380013800O") == "****00"
    assert imports.shown("phone_invalid", "phone", "无") == "无"
    assert imports.shown("name_missing", "name", "王小丽") == ""
    assert imports.shown("row_malformed", None, "王小丽") == ""


_KILLED = """
import sys, time, datetime
from pathlib import Path
from db.connect import Database
from console.desk import imports
def slow(done, total):
    print(done, flush=True)
    time.sleep(0.3)
imports.run(Database(sys.argv[1]), Path(sys.argv[2]), now=datetime.datetime.now(datetime.UTC),
            at=datetime.date(2026, 6, 15), progress=slow)
"""


def test_a_killed_import_leaves_whole_batches_and_can_be_repeated(clinic: SampleClinic) -> None:
    path = DATA / "clinic_export.csv"
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, clinic.database.url, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 400:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    batch = clinic.rows("SELECT accepted, rejected, finished_at FROM import_batch")[0]
    done = int(str(batch["accepted"])) + int(str(batch["rejected"]))
    assert done % imports.BATCH == 0
    assert 400 <= done < 2000
    assert batch["finished_at"] is None
    assert clinic.count("imported_row") == batch["accepted"]
    orphans = clinic.rows(
        """SELECT t.id FROM treatment t WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.treatment_id = t.id)"""
    )
    assert not orphans
    report = take(clinic, path)
    key = json.loads((DATA / "clinic_export.expected.json").read_text(encoding="utf-8"))
    assert report.unchanged == batch["accepted"]
    assert report.accepted + report.unchanged == key["accepted_rows"]
    assert codes(report) == [(row["row"], row["code"]) for row in key["rejected"]]
    assert stored(clinic) == expected_facts("clinic_export")


def test_only_a_lead_teaches_words(clinic: SampleClinic) -> None:
    assert clinic.seat("li").role is Role.CALLER
    with pytest.raises(NotAllowed):
        fixlist.add_alias(clinic.seat("li"), "x", "liposuction", clinic.now)
