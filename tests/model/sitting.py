"""What somebody at a console does without a contact in hand: sit down, take one, look, take up what was left."""

from __future__ import annotations

import random
from datetime import timedelta

from console.clock import SystemClock
from console.desk import calls, present, queue, staff
from console.desk.dialling import LEASE_S
from console.desk.tick import tick
from console.rules import calendar
from db import drain as cache
from db.connect import reading
from db.enums import ItemState
from db.errors import NotAllowed, RecordError
from db.instants import to_ms
from tests.clinic import PIN
from tests.model.chair import Chair, Work
from tests.model.ideal import must
from tests.model.talking import taken


def sign_in(chair: Chair, chance: random.Random) -> str:
    """A console starts: its clock is taken from the database, and somebody signs in."""
    chair.world.at_chair = chair
    chair.clock = present.anchored(chair.database, SystemClock())
    off = chair.now_ms() - chair.world.now_ms
    must(abs(off) < 1000, "a console goes by its PC's clock", off_ms=off)
    chair.seat = staff.sign_in(chair.database, chair.login, PIN, chair.now(), chair.role, label=chair.name)
    return f"seat {chair.seat.seat_id}"


def heartbeat(chair: Chair, chance: random.Random) -> str:
    """What an open console does once a minute."""
    chair.world.at_chair = chair
    assert chair.clock is not None
    chair.clock = present.anchored(chair.database, chair.clock)
    done = tick(chair.database, chair.at.clinic_id, chair.now())
    if not staff.seen(chair.at, chair.now()):
        chair.pending = None
        if chair.work is None:
            chair.reset()
        return "the seat was closed"
    chair.seat = staff.refreshed(chair.at)
    return f"tick {done.placed}, {done.unreached} unreached, {done.breached} breached"


def take_next(chair: Chair, chance: random.Random) -> str:
    """The key everybody presses."""
    world = chair.world
    # By a clock that is behind, other leases hold than by the database's.
    right = abs(chair.now_ms() - world.now_ms) < 1000
    checked = right and not chair.lead and chance.random() < 0.5
    wanted = None
    if checked:
        queue.drain(chair.database, chair.at.clinic_id, chair.now())
        # Whoever acts from here on may change what is first.
        wanted = first(chair) if not world.guests else None
        checked = not world.guests
    before = len(world.steps)
    claim = queue.take_next(chair.at, chair.now())
    if checked and not world.guests and len(world.steps) == before:
        got = None if claim is None else claim.item_id
        must(got == wanted, "what was given out is not the first of the order", got=got, first=wanted)
    return "nothing" if claim is None else taken(chair, claim)


def first(chair: Chair) -> int | None:
    """The item the pure rule puts first for a seat, among what the model says is free."""
    seat, world = chair.at, chair.world
    now = chair.now()
    clock = world.policy
    window = calendar.of(clock).window_state(now)
    with reading(world.watch.database) as connection:
        rows = connection.execute(
            "SELECT id FROM item WHERE clinic_id = :id AND state IN ('waiting', 'ready')",
            {"id": seat.clinic_id},
        )
        day = calendar.of(clock)
        skipped = connection.execute(
            "SELECT ci.item_id FROM contact c JOIN contact_item ci ON ci.clinic_id = c.clinic_id "
            "AND ci.contact_id = c.id WHERE c.clinic_id = :id AND c.staff_id = :staff AND c.started_at >= :since "
            "AND ci.result LIKE 'skipped%'",
            {"id": seat.clinic_id, "staff": seat.staff_id, "since": to_ms(day.at(day.day_of(now), 0))},
        )
        passed = {int(row["item_id"]) for row in skipped}
        every = cache.facts(connection, seat.clinic_id, tuple(int(row["id"]) for row in rows), to_ms(now))
    ready: list[tuple[bool, int, int, int]] = []
    of_patient: dict[int, tuple[bool, int, int, int]] = {}
    known = {}
    for facts in every:
        stands = world.watch.placement(facts, clock, now)
        if stands.state is not ItemState.READY or stands.lane_id == "ward":
            continue
        dialable = stands.band == 0 or window.open or (not window.quiet and stands.passes_windows)
        key = (not dialable, stands.band, to_ms(stands.deadline_at), facts.id)
        known[facts.id] = (facts, stands)
        ready.append(key)
        if stands.lane_id != "lead":
            of_patient[facts.patient_id] = min(key, of_patient.get(facts.patient_id, key))
    for key in sorted(ready):
        facts, stands = known[key[3]]
        if key[0] or key[3] in passed or stands.lane_id not in seat.lanes:
            continue
        if stands.lane_id != "lead" and of_patient[facts.patient_id] != key:
            continue
        if world.ideal.may_take(facts.group_id, seat.staff_id, lead=False, off_duty=False, at=world.now_ms):
            return facts.id
    return None


def take_chosen(chair: Chair, chance: random.Random) -> str:
    """Any item, whether it may be called or not."""
    rows = chair.world.clinic.rows("SELECT id FROM item WHERE state IN ('ready', 'leased') ORDER BY id")
    if not rows or chance.random() < 0.1:
        rows = chair.world.clinic.rows("SELECT id FROM item ORDER BY id")
    return taken(chair, queue.take_item(chair.at, int(str(chance.choice(rows)["id"])), chair.now()))


def answer_ring(chair: Chair, chance: random.Random) -> str:
    """Somebody rings: a patient, or a number nobody knows."""
    if chance.random() < 0.2:
        return taken(chair, calls.take_incoming(chair.at, None, "13912345678", chair.now()), begun=True)
    return taken(
        chair, calls.take_incoming(chair.at, chair.world.any_patient(chance), "", chair.now()), begun=True
    )


def look(chair: Chair, chance: random.Random) -> str:
    """The queue as it is on the screen."""
    head = queue.header(chair.at, chair.now())
    rows = queue.page(chair.at, chair.now(), limit=10)
    keys = [(row.tier if row.tier != 5 else 4, row.deadline_at, row.id) for row in rows]
    # A clock that is behind names tiers of its own time.
    behind = abs(chair.now_ms() - chair.world.now_ms) >= 1000
    must(behind or keys == sorted(keys), "the list is not in its order", keys=keys)
    return f"{head.takeable} to take, {len(rows)} shown"


def mine(chair: Chair) -> list[int]:
    """Contacts of this person's drafts, by the model."""
    return [
        contact
        for contact, typed in chair.world.ideal.drafts.items()
        if typed.staff == chair.at.staff_id and not typed.over and typed.text
    ]


def take_up(chair: Chair, chance: random.Random) -> str:
    """Go on with what was left unsaved, after a crash or a cut."""
    world = chair.world
    here = {line.contact_id for line in calls.my_drafts(chair.at, chair.now())}
    # She sits at two consoles: at the other she may have gone on meanwhile.
    must(
        world.guests or here == set(mine(chair)),
        "her drafts are not what she typed",
        shown=here,
        typed=mine(chair),
    )
    if not here:
        return "nothing left"
    contact = chance.choice(sorted(here))
    typed = world.ideal.drafts[contact]
    if any(
        other is not chair and other.work and other.work.claim.contact_id == contact for other in world.chairs
    ):
        return "open at her other console"
    claim, form = calls.resume(chair.at, contact, chair.now())
    had = next((hold for hold in world.ideal.holds.values() if hold.contact == contact), None)
    must(world.guests or form.note == typed.text, "a draft came back changed", typed=typed, got=form.note)
    if claim is None:
        must(had is None, "her contact is lost though nobody took it", hold=had)
        return file_late(chair, contact)
    must(
        had is not None and had.staff == chair.at.staff_id,
        "a draft gave her a contact that is not hers",
        hold=had,
    )
    assert had is not None
    must(claim.group_id == had.group, "a draft came back in another contact", claim=claim, hold=had)
    # Taking it up wrote it anew.
    typed.at = chair.now_ms()
    had.token, had.until, had.begun = claim.token, chair.now_ms() + LEASE_S * 1000, True
    if claim.patient_id is not None:
        world.touched.add(claim.patient_id)
    chair.work = Work(claim, "connected", typed=form.note, answers=form.answers, key=f"call/{contact}")
    return f"contact {contact} again"


def file_late(chair: Chair, contact: int) -> str:
    """Put a late draft on record."""
    world = chair.world
    typed = world.ideal.drafts[contact]
    typed.perhaps_over = True
    try:
        done = calls.file_late(chair.at, contact, f"late/{contact}", chair.now())
    except RecordError:
        typed.perhaps_over = False
        raise
    typed.over, typed.perhaps_over = True, False
    must(done.call_id is not None, "a late draft was filed nowhere", done=done)
    made = world.watch.saved(done.call_id or 0)
    must(
        made.row[3] == typed.text and made.contact == contact, "a late draft was filed changed", row=made.row
    )
    return f"filed as call {done.call_id}"


def snoop(chair: Chair, chance: random.Random) -> str:
    """Somebody else's draft is nobody's business."""
    others = [
        contact
        for contact, typed in sorted(chair.world.ideal.drafts.items())
        if typed.staff != chair.at.staff_id and not typed.over and typed.text
    ]
    if not others:
        return "nothing to see"
    contact = chance.choice(others)
    for attempt in (
        lambda: calls.resume(chair.at, contact, chair.now()),
        lambda: calls.file_late(chair.at, contact, f"stolen/{contact}", chair.now()),
        lambda: calls.discard(chair.at, contact, chair.now()),
    ):
        try:
            attempt()
        except NotAllowed:
            continue
        must(False, "somebody else's draft was handed out", contact=contact)
    return "refused"


def use_stale(chair: Chair, chance: random.Random) -> str:
    """Act on a contact that is over: nothing may come of it."""
    claim, ideal = chair.stale, chair.world.ideal
    if claim is None or ideal.hold_of(claim.token) is not None:
        return "nothing stale"
    act = chance.choice(
        (
            lambda: queue.release(chair.at, claim, chair.now()),
            lambda: queue.renew(chair.at, claim, chair.now()),
            lambda: queue.skip(chair.at, claim, "再试一次", chair.now()),
        )
    )
    try:
        act()
    except RecordError as error:
        return f"refused {error.code}"
    must(False, "a contact that was over could still be worked", claim=claim)
    return ""


def stand_up(chair: Chair, chance: random.Random) -> str:
    """Sign out; not while an alarm raised here has nobody told."""
    try:
        staff.sign_out(chair.at, chair.now())
    except NotAllowed as error:
        if error.code != "somebody_untold":
            raise
        return "somebody untold"
    chair.reset()
    return "left"


def sleep(chair: Chair, chance: random.Random) -> str:
    """The PC sleeps: what it counts stands still, and the console wakes with an old time until its next minute."""
    chair.slept_ms += int(timedelta(minutes=chance.choice((1, 2, 20))).total_seconds() * 1000)
    chair.skew += timedelta(hours=chance.choice((-1, 0, 1)))
    return f"{chair.slept_ms // 60000} minutes behind"
