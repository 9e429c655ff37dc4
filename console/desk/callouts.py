"""Calling people out for emergencies: who is next, which process runs the clinic's program for it, how that ended.

A call-out is written with the clock that asks for it, once a step (`UNIQUE` of case and step). Before a program is
run, one process claims it and commits; no other one runs it until the claim runs out. A process that dies in between
leaves a claim that runs out, and somebody runs it again: a person called twice is the safe side, one never called is
not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from console.desk.cards import on_call
from console.rules import sla
from console.rules.policy import OnCallEntry, Policy
from db import audit, staff
from db import callouts as pages
from db import escalations as table
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import CLINICIANS, EscalationStatus, Level, PageStatus, Role
from db.instants import from_ms, to_ms

CLAIM_MARGIN: Final = timedelta(seconds=15)
"""How long after a program's time limit its claim runs out: it has been ended and written down by then."""
WAITS: Final = timedelta(seconds=60)
"""How long a call-out may wait before the screens say that nothing runs it: a ticker looks every second, and a job
that starts one does so every minute."""
LINES: Final = 20


@dataclass(frozen=True, slots=True)
class CallOut:
    """One claimed call-out: what to run, for how long at most. `argv` names the case and its level, no more."""

    id: int
    escalation_id: int
    level: str
    person: str
    step: int
    argv: tuple[str, ...]
    timeout_s: int
    holder: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A call-out that did not go out: why (None: nothing has run it yet), and for which case."""

    escalation_id: int
    person: str
    error: str | None


def people(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Names of whom to call out at an instant, in order: the roster's people, or the leads when it has a gap."""
    found = on_call(connection, clinic_id, policy, now).people
    return tuple(dict.fromkeys(person.name for person in found))


def may_stop(
    connection: Connection, clinic_id: int, policy: Policy, row: Row, login: str, role: Role, now: datetime
) -> bool:
    """Whether somebody's word stops an emergency's clock: a clinician's, or that of a person who is on call, was
    when it became one, or was called out for it. With nobody on call the leads are who is called.

    Args:
        connection: for whom was called out.
        clinic_id: the clinic.
        policy: its roster.
        row: the escalation.
        login: the person's sign-in name.
        role: the role worked in.
        now: aware instant.
    """
    if role in CLINICIANS:
        return True
    known = _rostered(connection, clinic_id, policy, row, now)
    if any(entry.staff is not None and entry.staff.casefold() == login.casefold() for entry in known):
        return True
    return role is Role.LEAD and not policy.on_call_at(now)


def answering(
    connection: Connection, clinic_id: int, policy: Policy, row: Row, name: str, now: datetime
) -> tuple[str, int | None] | None:
    """The person who may take an emergency over the telephone: on call for it, or a clinician of the clinic.

    Returns:
        The name as it is kept and the person's staff id, None for somebody without a seat; None when the name is
        neither.
    """
    wanted = name.strip().casefold()
    for entry in _rostered(connection, clinic_id, policy, row, now):
        if entry.name.casefold() == wanted:
            seated = None if entry.staff is None else staff.by_login(connection, clinic_id, entry.staff)
            return entry.name, None if seated is None else seated.id
    everybody = [one for one in staff.everybody(connection, clinic_id) if one.name.casefold() == wanted]
    for one in everybody:
        if not CLINICIANS.isdisjoint(one.roles) or (Role.LEAD in one.roles and not policy.on_call_at(now)):
            return one.name, one.id
    return None


def _rostered(
    connection: Connection, clinic_id: int, policy: Policy, row: Row, now: datetime
) -> list[OnCallEntry]:
    """Everybody on call now, when it became what it is, and at each instant somebody was called out for it."""
    instants = [now, from_ms(int(row["level_since"] or row["raised_at"]))]
    instants += [from_ms(int(page["due_at"])) for page in pages.pages(connection, clinic_id, int(row["id"]))]
    return [entry for at in dict.fromkeys(instants) for entry in policy.on_call_at(at)]


def step(database: Database, clinic_id: int, policy: Policy, now: datetime, *, demo: bool) -> int:
    """Write down whom to call out next for every emergency nobody has taken up.

    Args:
        database: the record.
        clinic_id: the clinic.
        policy: its roster and program.
        now: aware instant.
        demo: whether this is the sample clinic, for which nobody is ever called.

    Returns:
        Number of people.
    """
    gap = int(sla.call_out_gap(policy).total_seconds() * 1000)
    with reading(database) as connection:
        ids = pages.unanswered(connection, clinic_id, to_ms(now), gap)
    count = 0
    for escalation_id in ids:
        with unit_of_work(database) as connection:
            row = table.lock(connection, clinic_id, escalation_id)
            # Locked, so that of several that saw the same only the first finds it still to do.
            if row is not None and _unanswered(row):
                count += _step(connection, clinic_id, policy, row, now, demo=demo)
    return count


def _unanswered(row: Row) -> bool:
    return (
        row["status"] != EscalationStatus.RESOLVED
        and row["acknowledged_at"] is None
        and row["level"] == Level.EMERGENCY
    )


def _step(
    connection: Connection, clinic_id: int, policy: Policy, row: Row, now: datetime, *, demo: bool
) -> bool:
    since = int(row["level_since"] or row["raised_at"])
    newest = pages.last_page(connection, clinic_id, int(row["id"]))
    last = None
    if newest is not None and newest["due_at"] >= since:
        last = str(newest["person"]), from_ms(newest["due_at"])
    names = people(connection, clinic_id, policy, now)
    found = sla.next_call_out(names, from_ms(since), last, now, policy)
    if found is None:
        return False
    name, due = found
    runs = not demo and bool(argv_of(policy, name, due, now))
    pages.add_page(
        connection,
        {
            "clinic_id": clinic_id,
            "escalation_id": row["id"],
            "step": 1 if newest is None else int(newest["step"]) + 1,
            "level": row["level"],
            "person": name,
            "due_at": to_ms(due),
            "status": PageStatus.DUE if runs else PageStatus.NONE,
            "next_try_at": to_ms(now) if runs else None,
            "created_at": to_ms(now),
        },
    )
    _note(connection, clinic_id, int(row["id"]), "called_out", name, now)
    return True


def _note(
    connection: Connection, clinic_id: int, escalation_id: int, kind: str, person: str, now: datetime
) -> None:
    table.add_event(
        connection,
        clinic_id=clinic_id,
        escalation_id=escalation_id,
        kind=kind,
        staff_id=None,
        at_ms=to_ms(now),
        after=person,
    )
    audit.append(
        connection,
        clinic_id=clinic_id,
        at=now,
        staff_id=None,
        seat_id=None,
        action=f"escalation.{kind}",
        subject_kind="escalation",
        subject_id=escalation_id,
        values={"person": person},
    )


def argv_of(policy: Policy, person: str, *instants: datetime) -> tuple[str, ...]:
    """The argument list that calls a person out, places not yet filled: the person's own, else the clinic's.

    Args:
        policy: its roster and program.
        person: the name as it was called out.
        instants: aware; the rosters in which the person is looked for.
    """
    for at in instants:
        for entry in policy.on_call_at(at):
            if entry.name == person and entry.notify:
                return entry.notify
    return policy.notify.command


def claim(
    database: Database, clinic_id: int, policy: Policy, holder: str, now: datetime
) -> tuple[CallOut, ...]:
    """Take the call-outs that are due for this process to run; committed before anything is run.

    Args:
        database: the record.
        clinic_id: the clinic.
        policy: program and limits.
        holder: a name no other process has.
        now: aware instant.

    Returns:
        What to run. What has been taken up or closed meanwhile is stopped instead.
    """
    with reading(database) as connection:
        ids = pages.due(connection, clinic_id, to_ms(now))
    taken: list[CallOut] = []
    for page_id in ids:
        with unit_of_work(database) as connection:
            row = pages.locked_page(connection, clinic_id, page_id)
            if row is None or row["next_try_at"] is None or row["next_try_at"] > to_ms(now):
                continue
            argv = argv_of(policy, str(row["person"]), from_ms(row["due_at"]), now)
            if row["case_status"] == EscalationStatus.RESOLVED or row["acknowledged_at"] is not None:
                pages.change_page(
                    connection, clinic_id, page_id, {"status": PageStatus.STOPPED, "next_try_at": None}
                )
            elif not argv:
                pages.change_page(
                    connection, clinic_id, page_id, {"status": PageStatus.NONE, "next_try_at": None}
                )
            else:
                limit = timedelta(seconds=policy.notify.timeout_s)
                pages.change_page(
                    connection,
                    clinic_id,
                    page_id,
                    {
                        "status": PageStatus.RUNNING,
                        "holder": holder,
                        "tries": int(row["tries"]) + 1,
                        "next_try_at": to_ms(now + limit + CLAIM_MARGIN),
                    },
                )
                taken.append(_call_out(row, argv, policy.notify.timeout_s, holder))
    return tuple(taken)


def _call_out(row: Row, argv: tuple[str, ...], timeout_s: int, holder: str) -> CallOut:
    number, level = str(row["escalation_id"]), str(row["case_level"])
    return CallOut(
        id=int(row["id"]),
        escalation_id=int(row["escalation_id"]),
        level=level,
        person=str(row["person"]),
        step=int(row["step"]),
        argv=(
            argv[0],
            *(word.replace("{escalation}", number).replace("{level}", level) for word in argv[1:]),
        ),
        timeout_s=timeout_s,
        holder=holder,
    )


def ended(
    database: Database, clinic_id: int, policy: Policy, call: CallOut, error: str | None, now: datetime
) -> bool:
    """Write down how a call-out's program ended.

    Args:
        database: the record.
        clinic_id: the clinic.
        policy: how often and when it is tried again.
        call: from `claim`.
        error: a code of `console.notify`, None when it went well.
        now: aware instant.

    Returns:
        False when its claim had run out and another process has it: that one writes down what it finds.
    """
    with unit_of_work(database) as connection:
        row = pages.locked_page(connection, clinic_id, call.id)
        if row is None:
            return False
        again = row["tries"] < policy.notify.tries
        retry = to_ms(now + timedelta(seconds=policy.notify.retry_s)) if again else None
        values: dict[str, object] = (
            {"status": PageStatus.SENT, "sent_at": to_ms(now), "next_try_at": None, "error": None}
            if error is None
            else {"status": PageStatus.FAILED, "next_try_at": retry, "error": error}
        )
        if not pages.ended_page(connection, clinic_id, call.id, call.holder, values):
            return False
        # Each way it can end is told once a person, however often it is tried.
        if error is None:
            _note(connection, clinic_id, call.escalation_id, "paged", call.person, now)
        elif row["error"] is None or not again:
            kind = "page_failed" if again else "page_given_up"
            _note(connection, clinic_id, call.escalation_id, kind, call.person, now)
        return True


def troubles(database: Database, clinic_id: int, now: datetime) -> tuple[Trouble, ...]:
    """Call-outs that did not go out, of emergencies nobody has taken up, the newest first: for every screen."""
    with reading(database) as connection:
        rows = pages.troubled(connection, clinic_id, to_ms(now - WAITS), LINES)
    return tuple(
        Trouble(
            int(row["escalation_id"]), str(row["person"]), None if row["error"] is None else str(row["error"])
        )
        for row in rows
    )
