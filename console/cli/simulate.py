"""`aftercall simulate`: seats that nobody sits at work a made-up day, and every rule is checked at its end."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.cli.common import DONE, Commands, add_json, emit, tell
from console.i18n import _

if TYPE_CHECKING:
    from console.simulate.records import Outcome, Spread

BROKEN = 1
"""Exit code when something that must always hold did not."""


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("simulate", help=_("let simulated seats work a day and check every rule"))
    parser.add_argument("--seats", type=_count, required=True, metavar="N", help=_("people who call at once"))
    parser.add_argument("--calls", type=_count, required=True, metavar="M", help=_("calls that are due"))
    parser.add_argument(
        "--kill-rate",
        type=_share,
        default=0.0,
        metavar="P",
        help=_("share of calls in which the seat's process is killed, 0 to 1 (default 0)"),
    )
    parser.add_argument(
        "--think",
        type=_seconds,
        default=0.02,
        metavar="SECONDS",
        help=_("mean of each of a call's three pauses (default 0.02)"),
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help=_("same number, same people and kills")
    )
    add_json(parser)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(_("{text} is no number from 1 on", text=text))
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(_("{text} is no share from 0 to 1", text=text))
    return share


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(_("{text} is no number of seconds from 0 to 3600", text=text))
    return seconds


def run(args: argparse.Namespace) -> int:
    """Do the command. AFTERCALL_DB is not asked: it names the real record.

    Returns the exit code: 0 all held, 1 something did not.
    Raises RecordError: the database holds something else, or the processes keep dying by themselves.
    """
    from console.simulate.records import Options
    from console.simulate.run import simulate

    words = {
        "prepare": _("Making the clinic ..."),
        "work": _("Working ..."),
        "check": _("Checking ..."),
    }
    options = Options(args.seats, args.calls, args.kill_rate, args.seed, args.think)
    outcome = simulate(options, args.db, lambda step: tell(words[step]))
    emit(args, document(outcome, options.kill_rate, options.think), text(outcome))
    return BROKEN if outcome.broken else DONE


def _spread(one: Spread) -> dict[str, float]:
    return {"p50": round(one.p50, 2), "p99": round(one.p99, 2), "max": round(one.max, 2)}


def document(one: Outcome, kill_rate: float, think: float) -> dict[str, Any]:
    """The result as JSON."""
    found = one.findings
    return {
        "database": one.database,
        "dialect": one.dialect,
        "seats": one.seats,
        "processes": one.processes,
        "calls": one.calls,
        "kill_rate": kill_rate,
        "think": think,
        "seconds": round(one.seconds, 2),
        "claims": one.claims,
        "claims_per_s": round(one.claims_per_s, 2),
        "saved": one.saved,
        "missed": one.missed,
        "skipped": one.skipped,
        "killed": one.killed,
        "unacknowledged": one.unacknowledged,
        "resumed": one.resumed,
        "cut_off": one.cut_off,
        "late_drafts": one.late_drafts,
        "busy": one.busy,
        "refused": dict(one.refused),
        "claim_ms": _spread(one.claim_ms),
        "save_ms": _spread(one.save_ms),
        "items": dict(one.items),
        "double_claims": found.double_claims,
        "offered_again": found.offered_again,
        "lost": found.lost,
        "saved_twice": found.saved_twice,
        "misplaced": found.misplaced,
        "audit": found.audit,
        "crashed": found.crashed,
        "held": not one.broken,
    }


def text(one: Outcome) -> Iterator[str]:
    """The result as a person reads it."""
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    yield _(
        "{database}: {seats} seats in {processes} processes, {calls} calls",
        database=names[one.dialect],
        seats=one.seats,
        processes=one.processes,
        calls=one.calls,
    )
    if one.processes < one.seats:
        yield _(
            "Seats share processes, and each process has one connection; a kill ends all seats of a process."
        )
    yield _(
        "{claims} claims in {seconds} s, {rate} a second; {saved} saved, {missed} not reached, {skipped} skipped",
        claims=one.claims,
        seconds=f"{one.seconds:.1f}",
        rate=f"{one.claims_per_s:.1f}",
        saved=one.saved,
        missed=one.missed,
        skipped=one.skipped,
    )
    yield _(
        "{killed} killed, {resumed} calls taken up again, {cut_off} left cut off, {late} late drafts",
        killed=one.killed,
        resumed=one.resumed,
        cut_off=one.cut_off,
        late=one.late_drafts,
    )
    for name, times in ((_("claim"), one.claim_ms), (_("save"), one.save_ms)):
        yield _(
            "{name}: half within {p50} ms, 99 in 100 within {p99} ms, longest {max} ms",
            name=name,
            p50=f"{times.p50:.1f}",
            p99=f"{times.p99:.1f}",
            max=f"{times.max:.1f}",
        )
    found = one.findings
    for name, count in (
        (_("held twice at one instant"), found.double_claims),
        (_("offered again when done"), found.offered_again),
        (_("lost"), found.lost),
        (_("on record twice"), found.saved_twice),
        (_("in a wrong place"), found.misplaced),
        (_("breaks of the audit trail"), found.audit),
        (_("died by themselves"), found.crashed),
    ):
        yield f"{count:>8}  {name}"
    yield _("Something that must always hold did not.") if one.broken else _("Everything held.")
