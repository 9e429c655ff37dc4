"""`aftercall report readiness`: who is ready for real calls."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from console.cli import common

if TYPE_CHECKING:
    from console.desk.readiness import PersonReadiness
    from console.rules.readiness_records import CourseState, Readiness

FORMS: Final = ("md", "html", "xlsx", "json")


def add_parser(kinds: common.Commands[argparse.ArgumentParser]) -> None:
    """Add the report. Args: the sub-parsers of `aftercall report`."""
    parser = kinds.add_parser("readiness", help="who passed what in practice; for a lead everybody")
    parser.add_argument("--format", choices=FORMS, default="md", help="how it is written (default md)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a new file, for its owner only; else standard output"
    )
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="a table for other programs, into a new file"
    )
    common.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the report; what leaves is audited first.

    Args: args from `add_parser`, with `db` and `staff` of the main parser.
    Returns the exit code 0.
    Raises: RecordError: no database, a wrong PIN, a table for somebody who is no lead, a file that is there already.
    """
    from console.desk import exporting, readiness
    from console.exchange import documents, out
    from console.i18n import _
    from console.readiness import shelf as readiness_shelf
    from console.readiness import words as readiness_words
    from db.enums import Role
    from db.errors import WrongUse

    for place in (args.out, args.csv):
        if place is not None:
            out.free(place)
    form: str = "json" if args.json else args.format
    target: Path | None = args.out
    if form == "xlsx" and target is None and args.csv is None:
        raise WrongUse("out_needed")
    shelf = readiness_shelf.shelf()
    with common.record(args) as database, common.acting(args, database) as seat:
        now, clinic = common.now(database), common.clinic_of(database).name
        if args.csv is not None:
            table = readiness.exported(seat, shelf, now)
            place = out.write_new(args.csv, out.csv_table(table.headers, table.rows))
            rows = len(table.rows)
            common.emit(
                args,
                {"file": str(place), "format": "csv", "rows": rows},
                [_("{n} rows written to {path}.", n=rows, path=str(place))],
            )
            return common.DONE
        lead = seat.role is Role.LEAD
        people = (
            readiness.team(seat, shelf, now) if lead else (readiness.person(seat, seat.staff_id, shelf, now),)
        )
        exporting.page_written(seat, "readiness", "team" if lead else seat.login, form, now)
    zone = ZoneInfo(seat.zone)
    page = readiness_words.page(people, shelf, clinic, now, zone)
    if form == "xlsx":
        content = documents.xlsx(page)
    else:
        seen = target is None and sys.stdout.isatty()
        text = {
            "md": lambda: documents.plain(page) if seen else documents.markdown(page),
            "html": lambda: documents.as_html(page),
            "json": lambda: json.dumps(document(people, clinic, now, zone), ensure_ascii=False) + "\n",
        }[form]()
        if target is None:
            sys.stdout.write(text)
            return common.DONE
        content = text.encode("utf-8")
    assert target is not None  # xlsx has one
    common.tell(_("Written: {path}", path=str(out.write_new(target, content))))
    return common.DONE


def document(people: Iterable[PersonReadiness], clinic: str, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The report as JSON; a share without a call is null."""
    return {
        "at": now.astimezone(zone).isoformat(timespec="seconds"),
        "clinic": clinic,
        "people": [
            {"login": one.login, "name": one.name, "trainee": one.trainee, **_standing(one.standing, zone)}
            for one in people
        ],
    }


def _standing(of: Readiness, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "ready": of.ready,
        "passed": of.done,
        "of": of.wanted,
        "missing": [{"code": reason.code, **reason.params} for reason in of.missing],
        "exam": {"percent": of.exam, "passed": of.exam_passed},
        "tries": of.tries,
        "last_at": None if of.last_at is None else of.last_at.astimezone(zone).isoformat(timespec="seconds"),
        "trend": str(of.trend),
        "latest": list(of.spark),
        "weakest": [{"item": one.code, "percent": one.percent, "tries": one.tries} for one in of.weakest],
        "competencies": {one.code: one.percent for one in of.competencies},
        "courses": [_course(one) for one in of.courses],
        "suggested": [{"scenario": one.scenario, "item": one.group} for one in of.suggested],
    }


def _course(state: CourseState) -> dict[str, Any]:
    course = state.course
    return {
        "code": course.code,
        "required": course.required,
        "level": str(course.level),
        "pass_percent": course.pass_percent,
        "passed": state.passed,
        "scenarios": [
            {
                "code": one.scenario,
                "tries": one.tries,
                "best": one.best,
                "last": one.last,
                "missing": None if one.missing is None else one.missing.code,
            }
            for one in state.scenarios
        ],
    }
