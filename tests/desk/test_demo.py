"""The sample clinic: somebody on duty to hand a call to, and dated now where real clocks go on from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.cli import demo
from console.cli.main import main
from console.demo.fill import fill
from console.desk import quality, quality_drawing, queue, staff
from db.connect import Database, reading

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_caller_of_the_demo_has_a_colleague_to_hand_a_call_to(tmp_path: Path) -> None:
    start = datetime(2026, 6, 15, 14, 35, tzinfo=SHANGHAI)
    database = Database.at(tmp_path / "record" / "demo.db")
    filled = fill(database, start)
    seat = staff.sign_in(database, "caller", filled.pins["caller"], start)
    # Also after the seats that nobody was heard of at were closed.
    for hour in (0, 1, 8):
        staff.seen(seat, start + timedelta(hours=hour))
        assert [one.name for one in queue.takers(seat)] == ["示范同事"]
    row = next(row for row in queue.page(seat, start) if row.takeable and row.tier > 0)
    (colleague,) = queue.takers(seat)
    queue.hand_over(seat, row.id, colleague.id, "下班", start)
    database.close()


@pytest.mark.parametrize("hour", [3, 22])
def test_a_demo_filled_for_real_clocks_is_dated_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hour: int
) -> None:
    now = datetime(2026, 6, 15, hour, 20, tzinfo=SHANGHAI)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return now.astimezone(UTC)

    monkeypatch.setattr(demo, "datetime", Clock)
    url = f"sqlite:///{tmp_path / 'into.db'}"
    assert main(["demo", "--into", url]) == 0
    assert f"2026-06-15T{hour:02}:20+08:00" in capsys.readouterr().out
    with reading(Database(url)) as connection:
        (row,) = connection.execute("SELECT MAX(at) AS newest FROM audit")
        (cases,) = connection.execute("SELECT MAX(raised_at) AS newest FROM escalation")
    assert row["newest"] <= now.timestamp() * 1000
    assert cases["newest"] is None or cases["newest"] <= now.timestamp() * 1000


@pytest.mark.parametrize(("day", "times"), [("2026-06-15T14:35", 2), ("2026-06-22T14:35", 1)])
def test_a_lead_of_the_demo_finds_calls_to_review_and_they_are_the_same_each_time(
    tmp_path: Path, day: str, times: int
) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    found: list[list[tuple[int | None, tuple[str, ...], str]]] = []
    for number in range(times):
        database = Database.at(tmp_path / f"record{number}" / "demo.db")
        lead = staff.sign_in(database, "lead", fill(database, start).pins["lead"], start)
        drawn = [one for one in quality_drawing.draw_due(lead, start) if one.calls]
        (day_drawn,) = drawn
        reviews = quality.reviews(lead, day_drawn.day, day_drawn.day, start)
        assert day_drawn.day < start.date() and {one.staff for one in reviews} == {"示范同事"}
        # Nobody of them stands in today's queue.
        assert not [row for row in queue.page(lead, start, limit=300) if str(row.external_id) > "DEMO-060"]
        found.append([(one.seconds, one.drawn_for, one.patient) for one in reviews])
        database.close()
    assert {rule for _s, rules, _p in found[0] for rule in rules} >= {"short", "fast", "random"}
    assert found == found[:1] * times
