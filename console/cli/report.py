"""`aftercall report` and `aftercall export`: what a day came to, on paper or for other programs. With a PIN, masked."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.cli import common, readiness

if TYPE_CHECKING:
    from datetime import datetime

    from console.desk.exporting import Table
    from console.desk.seat import Seat
    from console.exchange.documents import Page

PAGES: Final = ("md", "html", "xlsx", "json")
TABLES: Final = ("csv", "xlsx")
LISTS: Final = ("calls", "long-track", "visitors", "satisfaction", "no-follow-up")


def add_parser(subparsers: common.Commands[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line. Args: the main parser's sub-parsers."""
    report = subparsers.add_parser("report", help="the figures of a day, and the handover page")
    kinds = report.add_subparsers(dest="report", metavar="REPORT", required=True)
    daily = kinds.add_parser("daily", help="the figures of a day, for a lead with the summaries")
    daily.add_argument("--date", type=_day, metavar="DATE", help="a day in the clinic's zone; else today")
    handover = kinds.add_parser("handover", help="what is open, promised and paused at the end of a shift")
    handover.add_argument("--team", action="store_true", help="of everybody; for a lead")
    quality = kinds.add_parser("quality", help="reviewed calls of some days, and the month's assessments")
    quality.add_argument(
        "--from", dest="first", type=_day, metavar="DATE", help="first day; else the first of --to's month"
    )
    quality.add_argument("--to", dest="last", type=_day, metavar="DATE", help="last day; else today")
    for parser in (daily, handover, quality):
        parser.add_argument("--format", choices=PAGES, default="md", help="how it is written (default md)")
        _add_out(
            parser, "a new file, for its owner only; else standard output (xlsx needs one)", required=False
        )
        common.add_json(parser)

    readiness.add_parser(kinds)
    export = subparsers.add_parser("export", help="tables for the clinic's other programs")
    lists = export.add_subparsers(dest="export", metavar="TABLE", required=True)
    told = {
        "calls": "the calls saved on a day",
        "long-track": "people who had nothing done and are tracked, due in the week from a day on",
        "visitors": "why people had nothing done, by consultant, the week up to a day",
        "satisfaction": "how satisfied people were in the month of a day, counts alone",
        "no-follow-up": "who was noted as not to be followed up",
    }
    for name in LISTS:
        made = lists.add_parser(name, help=told[name])
        if name != "no-follow-up":
            made.add_argument(
                "--date", type=_day, metavar="DATE", help="a day in the clinic's zone; else today"
            )
        made.add_argument("--format", choices=TABLES, default="csv", help="how it is written (default csv)")
        _add_out(made, "a new file, for its owner only", required=True)
        common.add_json(made)


def _add_out(parser: argparse.ArgumentParser, told: str, *, required: bool) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", required=required, help=told)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it like 2026-06-15") from None


def run(args: argparse.Namespace) -> int:
    """Do the command. Nothing is read before the file may be made; what leaves is audited first.

    Args: args from `add_parser`, with `db` and `staff` of the main parser.
    Returns the exit code 0.
    Raises: RecordError: no database, a wrong PIN, a role that may not, a file that is there already.
    """
    if getattr(args, "report", None) == "readiness":
        return readiness.run(args)
    from console.desk.local import clinic_day
    from console.exchange import out

    if args.out is not None:
        out.free(args.out)
    with common.record(args) as database, common.acting(args, database) as seat:
        now = common.now(database)
        day: date = getattr(args, "date", None) or clinic_day(now, seat.zone)
        if args.command == "export":
            return _export(args, seat, day, now)
        form: str = "json" if args.json else args.format
        if form == "xlsx" and args.out is None:
            from db.errors import WrongUse

            raise WrongUse("out_needed")
        clinic = common.clinic_of(database).name
        if args.report == "daily":
            page, document = _daily(seat, day, now, clinic)
            about = day.isoformat()
        elif args.report == "quality":
            last: date = args.last or day
            first: date = args.first or last.replace(day=1)
            page, document = _quality(seat, first, last, now, clinic)
            about = f"{first.isoformat()} {last.isoformat()}"
        else:
            page, document = _handover(seat, now, clinic, team=args.team)
            about = "team" if args.team else seat.login
        from console.desk import exporting

        exporting.page_written(seat, args.report, about, form, now)
    _write(args, page, document, form)
    return common.DONE


def _daily(seat: Seat, day: date, now: datetime, clinic: str) -> tuple[Page, dict[str, Any]]:
    from zoneinfo import ZoneInfo

    from console import report_words
    from console.cli import report_json
    from console.desk import day_summary, figures
    from db.enums import Role

    zone = ZoneInfo(seat.zone)
    found = figures.of_day(seat, day, now)
    head = day_summary.of_day(seat, day, now) if seat.role is Role.LEAD else None
    return report_words.daily_page(found, head, clinic, zone), report_json.daily(found, head, clinic, zone)


def _quality(seat: Seat, first: date, last: date, now: datetime, clinic: str) -> tuple[Page, dict[str, Any]]:
    from zoneinfo import ZoneInfo

    from console import quality_words
    from console.cli import quality_json
    from console.desk import quality_report

    zone, policy = ZoneInfo(seat.zone), seat.policy.quality
    found = quality_report.of_days(seat, first, last, now)
    page = quality_words.report_page(found, clinic, zone, policy.no_first_plan, policy.missing_plan)
    return page, quality_json.quality(found, clinic, zone)


def _handover(seat: Seat, now: datetime, clinic: str, *, team: bool) -> tuple[Page, dict[str, Any]]:
    from zoneinfo import ZoneInfo

    from console import handover_words
    from console.cli import report_json
    from console.desk import handover

    zone = ZoneInfo(seat.zone)
    page = handover.page(seat, now, team=team)
    return handover_words.handover_page(page, clinic, zone), report_json.handover(page, clinic, zone)


def _write(args: argparse.Namespace, page: Page, document: dict[str, Any], form: str) -> None:
    from console.exchange import documents, out
    from console.i18n import _

    if form == "xlsx":
        content = documents.xlsx(page)
    else:
        seen = args.out is None and sys.stdout.isatty()
        text = {
            "md": lambda: documents.plain(page) if seen else documents.markdown(page),
            "html": lambda: documents.as_html(page),
            "json": lambda: json.dumps(document, ensure_ascii=False) + "\n",
        }[form]()
        if args.out is None:
            sys.stdout.write(text)
            return
        content = text.encode("utf-8")
    place = out.write_new(args.out, content)
    common.tell(_("Written: {path}", path=str(place)))


def _export(args: argparse.Namespace, seat: Seat, day: date, now: datetime) -> int:
    from console.desk import exporting
    from console.exchange import documents, out
    from console.i18n import _

    table: Table = {
        "calls": lambda: exporting.calls(seat, day, now),
        "long-track": lambda: exporting.long_track(seat, day, now),
        "visitors": lambda: exporting.visitors(seat, day, now),
        "satisfaction": lambda: exporting.satisfaction(seat, day, now),
        "no-follow-up": lambda: exporting.no_follow_up(seat, now),
    }[args.export]()
    if args.format == "xlsx":
        content = documents.sheet(table.name, table.headers, table.rows)
    else:
        content = out.csv_table(table.headers, table.rows)
    place = out.write_new(args.out, content)
    rows = len(table.rows)
    common.emit(
        args,
        {"file": str(place), "format": args.format, "rows": rows},
        [_("{n} rows written to {path}.", n=rows, path=str(place))],
    )
    return common.DONE
