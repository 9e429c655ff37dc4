"""`aftercall import FILE`: a clinic's export into the record. Report on stdout, talk on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.import_records import ImportReport

DONE, ROWS_REFUSED, WRONG_USE = 0, 1, 2

SHOWN = 20
"""Accepted rows to look at that a terminal lists; --json has them all, and refused ones are always listed."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add the command. Args: the main parser's sub-parsers. Returns the command's parser."""
    parser = subparsers.add_parser("import", help="import a clinic's export (CSV or XLSX)")
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV (utf-8, gb18030) or XLSX")
    parser.add_argument(
        "--at", type=_day, metavar="DATE", help="day of the export in the clinic's zone (default: today)"
    )
    parser.add_argument("--dry-run", action="store_true", help="tell what would happen and write nothing")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="TOML file that names the columns")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it like 2026-06-15") from None


def run(args: argparse.Namespace) -> int:
    """Do the command.

    Args: args from `add_parser`, and `db` of the main parser.
    Returns the exit code: 0 done, 1 some rows refused, 2 no such file, no table in it, or columns missing.
    Raises: RecordError: the database can't be used; the command line turns it into a sentence and a code.
    """
    from console import i18n
    from console.cli.common import now, record
    from console.desk import imports
    from console.exchange.tables import TableError

    lang = i18n.from_environment()
    try:
        with record(args) as database:
            report = imports.run(
                database,
                args.file,
                now=now(),
                at=args.at,
                dry_run=args.dry_run,
                mapping=args.mapping,
                progress=_progress(lang),
            )
    except TableError as error:
        return _fail(args, error, lang)
    if args.json:
        print(json.dumps(document(report, lang), ensure_ascii=False))
    else:
        _tell(report, lang)
    return ROWS_REFUSED if report.rejected else DONE


def _progress(lang: str) -> Callable[[int, int], None]:
    from console import i18n

    shown = sys.stderr.isatty()

    def tell(done: int, total: int) -> None:
        words = i18n.translate(lang, "{done} of {total} rows", done=done, total=total)
        if shown:
            print(f"\r{words}", end="\n" if done >= total else "", file=sys.stderr, flush=True)
        else:
            print(words, file=sys.stderr, flush=True)

    return tell


def _fail(args: argparse.Namespace, error: Exception, lang: str) -> int:
    from console import i18n

    sentence = i18n.error_text(lang, error)  # type: ignore[arg-type]
    code = getattr(error, "code", "file_unreadable")
    if args.json:
        hint = sentence.split(";", 1)[-1].strip()
        print(json.dumps({"error": {"code": code, "message": sentence, "hint": hint}}, ensure_ascii=False))
    else:
        print(sentence, file=sys.stderr)
    return WRONG_USE


def document(report: ImportReport, lang: str) -> dict[str, object]:
    """The report as the JSON document of `aftercall import --json`.

    Args: report; lang, "zh" or "en", of its messages.
    Returns: a dict; values of refused cells are masked.
    """
    from console.record_words import caution_text, refused_text

    return {
        "accepted": report.accepted,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": [
            {
                "row": row.row,
                "column": row.column,
                "code": row.code,
                "value": row.value,
                "message": refused_text(lang, row),
            }
            for row in report.rejected
        ],
        "recent_refused": report.recent_refused,
        "items_planned": report.items_planned,
        "dry_run": report.dry_run,
        "at": None if report.at is None else report.at.isoformat(),
        "warnings": [
            {
                "row": caution.row,
                "column": caution.column,
                "code": caution.code,
                "message": caution_text(lang, caution),
            }
            for caution in report.cautions
        ],
    }


def _tell(report: ImportReport, lang: str) -> None:
    """The report as sentences."""
    from console import i18n
    from console.clean import clean
    from console.record_words import caution_text, refused_text

    def say(msgid: str, **params: object) -> None:
        print(i18n.translate(lang, msgid, **params))

    if report.rejected:
        say("Refused rows:")
        for row in report.rejected:
            print(f"  {clean(refused_text(lang, row))}")
    if report.cautions:
        say("Look at these accepted rows:")
        for caution in report.cautions[:SHOWN]:
            print(f"  {clean(caution_text(lang, caution))}")
        if len(report.cautions) > SHOWN:
            print("  " + i18n.translate(lang, "... and {count} more", count=len(report.cautions) - SHOWN))
    say(
        "Taken {accepted}, updated {updated}, unchanged {unchanged}, refused {refused}; "
        "{items} calls planned.",
        accepted=report.accepted,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=len(report.rejected),
        items=report.items_planned,
    )
    if report.recent_refused:
        say(
            "{count} refused rows were operated on in the last 7 days: mend these first, "
            "or nobody calls them.",
            count=report.recent_refused,
        )
    if report.dry_run:
        say("Trial run: nothing was written.")
