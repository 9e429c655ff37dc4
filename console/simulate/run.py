"""A whole simulation: clinic, day, verdict."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from console.simulate.clinic import prepare
from console.simulate.conductor import Conductor, Day
from console.simulate.records import Options, Outcome, spread
from console.simulate.verdict import Record, examine
from db.connect import Database


def simulate(
    options: Options, url: str | None = None, tell: Callable[[str], None] = lambda _step: None
) -> Outcome:
    """Let seats work a made-up day, and check that everything that must hold has held.

    Args:
        options: how many seats and calls, and how they die.
        url: a database that is empty or left by an earlier simulation; None takes a temporary SQLite file.
        tell: told the steps `prepare`, `work` and `check` as they begin.

    Raises:
        NotAllowed: `simulate_not_ours`: the database holds anything else.
        DatabaseUnreachable: `simulate_died`: the processes keep dying by themselves.
    """
    folder = Path(tempfile.mkdtemp(prefix="aftercall-simulate-"))
    database = Database.at(folder / "record" / "simulate.db") if url is None else Database(url)
    try:
        tell("prepare")
        place = prepare(database, options.seats, options.calls)
        tell("work")
        day = Conductor(database, place, options, folder).run()
        tell("check")
        assert day.end is not None
        found = examine(database, place, day.events, day.end, day.crashed, options.calls)
        return _outcome(database, options, day, found)
    finally:
        database.close()
        shutil.rmtree(folder, ignore_errors=True)


def _outcome(database: Database, options: Options, day: Day, found: Record) -> Outcome:
    named = Counter(event["event"] for event in day.events)
    claims = [event for event in day.events if event["event"] == "claim"]
    return Outcome(
        database=database.address.shown(),
        dialect=database.dialect,
        seats=options.seats,
        processes=options.processes,
        calls=options.calls,
        seconds=day.seconds,
        claims=len(claims),
        saved=sum(event["event"] == "saved" and not event["late"] for event in day.events),
        missed=named["missed"],
        skipped=named["skipped"],
        killed=day.killed,
        unacknowledged=found.unacknowledged,
        resumed=sum(event.get("resumed", False) for event in claims),
        cut_off=found.cut_off,
        late_drafts=found.late,
        claim_ms=spread([event["ms"] for event in claims if "ms" in event]),
        save_ms=spread([event["ms"] for event in day.events if event["event"] == "saved"]),
        items=found.items,
        refused=dict(Counter(event["code"] for event in day.events if event["event"] == "refused")),
        busy=named["busy"],
        findings=found.findings,
    )
