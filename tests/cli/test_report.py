"""`aftercall report` and `aftercall export`: shapes, roles, files, the audit trail."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from console.desk import calls
from console.desk.figures import of_day
from tests.cli.conftest import Run
from tests.clinic import SampleClinic
from tests.desk import day_world
from tests.desk.call_world import World

DAY = "2026-06-15"


@pytest.fixture
def clinic(sqlite_database: object, now: datetime) -> SampleClinic:
    from tests.clinic import make_clinic

    return make_clinic(sqlite_database, now)  # type: ignore[arg-type]


@pytest.fixture
def world(clinic: SampleClinic, now: datetime, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(clinic, now)
    person = made.person("王小丽")
    claim = made.connected(person)
    note = "=1+1 <script>alert(1)</script>"
    calls.save(made.seat(), claim, made.form(note=note), "k", made.later(minutes=3))
    visitor = made.connected(day_world.visitor(made, "孙来访"))
    said = (*made.form().answers, made.answer("unconverted_reason", "price"))
    calls.save(made.seat(), visitor, made.form(identity=day_world.IDENTITY, answers=said), "v", made.now)
    monkeypatch.setattr("console.cli.common.now", lambda _database=None: made.now)
    return made


def documented(heading: str) -> set[str]:
    """Names on the outermost level of the shape that docs/cli.md gives for a command."""
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    told = page.split(f"### `{heading}`", 1)[1].split("\n### ", 1)[0]
    shape = re.sub(r"\s+", " ", told[told.index("`{") + 2 :].split("`", 1)[0])
    while (flat := re.sub(r"[\[{][^\[\]{}]*[\]}]", "", shape)) != shape:
        shape = flat
    return set(re.findall(r"\w+", shape))


def test_the_daily_document_has_the_documented_shape(
    run: Run, as_lead: tuple[str, ...], world: World
) -> None:
    done = run(*as_lead, "report", "daily", "--date", DAY, "--json")
    document = done.document

    assert done.code == 0 and set(document) == documented("aftercall report daily")
    whole = of_day(world.seat("lead"), datetime.fromisoformat(DAY).date(), world.now).whole
    assert document["figures"]["attempts"] == whole.attempts == 2
    assert document["figures"]["contact_rate"] == {"of": 2, "among": 2, "share": 1.0}
    assert document["figures"]["clocks"] == {} and len(document["trend"]) == 14
    assert document["trend"][0]["contact_rate"]["share"] is None
    assert document["summaries"]["unconverted"]["reasons"] == {"price": 1}
    assert "小丽" not in done.out and "1380000" not in done.out
    as_format = run(*as_lead, "report", "daily", "--date", DAY, "--format", "json")
    assert json.loads(as_format.out)["figures"] == document["figures"]


def test_a_caller_gets_her_own_and_no_summaries(run: Run, as_lead: tuple[str, ...], world: World) -> None:
    as_anna = (*as_lead[:3], "anna")
    document = run(*as_anna, "report", "daily", "--date", DAY, "--json").document
    assert document["own"] and document["figures"]["attempts"] == 0 and document["summaries"] is None
    done = run(*as_anna, "report", "handover", "--team", "--json")
    assert done.code == 4 and done.document["error"]["code"] == "role_needed"
    for table in ("calls", "visitors", "long-track"):
        place = Path("never.csv")
        refused = run(*as_anna, "export", table, "--date", DAY, "--out", place)
        assert refused.code == 4 and not place.exists()


@pytest.mark.parametrize("form", ["md", "html", "xlsx"])
def test_a_page_is_a_new_file_of_its_owner(
    run: Run, as_lead: tuple[str, ...], world: World, tmp_path: Path, form: str
) -> None:
    place = tmp_path / f"daily.{form}"
    words = ("report", "daily", "--date", DAY, "--format", form, "--out", place)
    assert run(*as_lead, *words).code == 0
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    content = place.read_bytes()
    if form == "xlsx":
        assert len(load_workbook(io.BytesIO(content)).sheetnames) >= 4
    else:
        assert "100.0 %" in content.decode() and "<script>" not in content.decode()
    again = run(*as_lead, *words)
    assert again.code == 2 and place.read_bytes() == content
    trail = world.clinic.rows("SELECT subject_kind FROM audit WHERE action = 'report.daily'")
    assert len(trail) == 1, "what is refused reads nothing and leaves no row"


def test_a_workbook_needs_a_file(run: Run, as_lead: tuple[str, ...], world: World) -> None:
    done = run(*as_lead, "report", "daily", "--date", DAY, "--format", "xlsx")
    assert done.code == 2 and "--out" in done.err


def test_the_handover_page_has_the_documented_shape(run: Run, as_lead: tuple[str, ...], world: World) -> None:
    world.connected(world.person("周小丽"))
    document = run(*as_lead, "report", "handover", "--team", "--json").document
    assert set(document) == documented("aftercall report handover")
    assert [line["whose"] for line in document["open"]] == ["李敏"] and document["team"]
    assert "周*" in run(*as_lead, "report", "handover", "--team").out.replace("\\", "")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_calls_of_a_day_are_safe_to_open(
    run: Run, as_lead: tuple[str, ...], world: World, tmp_path: Path, form: str
) -> None:
    place = tmp_path / f"calls.{form}"
    done = run(*as_lead, "export", "calls", "--date", DAY, "--format", form, "--out", place, "--json")
    assert done.document == {"file": str(place), "format": form, "rows": 2}
    assert set(done.document) == documented("aftercall export calls")
    if form == "csv":
        content = place.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        (first, _second) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        assert first["note"].startswith("'=1+1") and first["patient"] == "王*"
    else:
        sheet = load_workbook(place).active
        assert sheet is not None
        heads = [cell.value for cell in next(sheet.iter_rows())]
        assert sheet.cell(2, heads.index("note") + 1).data_type == "s"
        assert sheet.cell(2, heads.index("seconds") + 1).value == 180
    (trail,) = world.clinic.rows("SELECT staff_id, fields FROM audit WHERE action = 'export.calls'")
    assert trail["staff_id"] == world.clinic.staff_ids["lead"] and "rows" in str(trail["fields"])
    assert run(*as_lead, "export", "calls", "--date", DAY, "--out", place).code == 2


def test_a_day_ahead_and_no_day_are_refused(run: Run, as_lead: tuple[str, ...], world: World) -> None:
    assert run(*as_lead, "report", "daily", "--date", "2026-06-16").code == 4
    assert run(*as_lead, "report", "daily", "--date", "15.6.").code == 2


@pytest.mark.parametrize("name", ["long-track", "visitors", "satisfaction", "no-follow-up"])
def test_every_list_is_written(
    run: Run, as_lead: tuple[str, ...], world: World, tmp_path: Path, name: str
) -> None:
    place = tmp_path / f"{name}.csv"
    dated = () if name == "no-follow-up" else ("--date", DAY)
    done = run(*as_lead, "export", name, *dated, "--out", place, "--json")
    assert done.document["rows"] == (1 if name == "visitors" else 0) and place.exists()
