"""What a caller does with a contact in her hand, and what the model makes of each answer."""

from __future__ import annotations

import random
from datetime import timedelta

from console.desk import calls, escalations, queue
from console.desk.dialling import LEASE_S
from db.board_records import FlagForm
from db.enums import (
    AttemptResult,
    CallOutcome,
    EscalationKind,
    ItemState,
    PhoneStatus,
    Purpose,
    Severity,
    SpokeTo,
)
from db.errors import RecordError
from db.instants import to_ms
from db.records import Answered, CallForm, Claim, PromiseMade, SavedCall
from tests.model.chair import Chair, Work, sentence
from tests.model.ideal import Hold, Typed, must
from tests.model.watch import DANGERS

RESULTS = (
    AttemptResult.NO_ANSWER,
    AttemptResult.BUSY,
    AttemptResult.POWERED_OFF,
    AttemptResult.LINE_ERROR,
    AttemptResult.REJECTED,
    AttemptResult.SUSPENDED,
    AttemptResult.INVALID_NUMBER,
)
OUTCOMES = (
    *(CallOutcome.COMPLETED,) * 6,
    *(CallOutcome.PARTIAL,) * 3,
    *(CallOutcome.CALLBACK_AGREED,) * 3,
    CallOutcome.DECLINED_TODAY,
    CallOutcome.PROXY_REACHED,
    CallOutcome.WRONG_PERSON,
    CallOutcome.OPTED_OUT,
)


def hold_of(chair: Chair, claim: Claim, *, until: int, begun: bool) -> Hold:
    """A claim as the model keeps it."""
    return Hold(
        claim.group_id,
        chair.at.staff_id,
        claim.token,
        claim.contact_id,
        until,
        begun=begun,
        items=claim.item_ids,
    )


def taken(chair: Chair, claim: Claim, *, begun: bool = False) -> str:
    """A claim was handed to this chair."""
    world = chair.world
    until = chair.now_ms() + LEASE_S * 1000 if begun else to_ms(claim.expires_at)
    world.ideal.take(
        hold_of(chair, claim, until=until, begun=begun),
        lead=chair.lead,
        off_duty=world.off_duty(claim.group_id),
        at=world.now_ms,
    )
    if claim.patient_id is not None:
        world.touched.add(claim.patient_id)
    key = f"call/{claim.contact_id}"
    chair.work = Work(claim, "connected" if begun else "preview", key=key)
    return f"contact {claim.contact_id} items {claim.item_ids}"


def open_call(chair: Chair, chance: random.Random) -> str:
    """Look at the sheet: numbers, and what the patient can show herself by."""
    work = chair.working
    sheet = calls.open_call(chair.at, work.claim, chair.now())
    usable = [one.id for one in sheet.numbers if one.status is PhoneStatus.LIVE]
    work.phones = tuple(usable)
    proof = [one.code for one in sheet.identity]
    work.proof = tuple(proof[:2])
    return f"{len(usable)} numbers"


def dial(chair: Chair, chance: random.Random) -> str:
    """Show a number and begin the dial."""
    work, world = chair.working, chair.world
    if not work.phones:
        open_call(chair, chance)
    if not work.phones:
        return give_back(chair, chance)
    started = calls.start_dial(chair.at, work.claim, chance.choice(work.phones), chair.now())
    work.claim, work.attempt, work.stage = started.claim, started.attempt_id, "dialling"
    hold = world.ideal.hold_of(work.claim.token)
    must(hold is not None, "a call was begun on a lease somebody else has", claim=work.claim)
    assert hold is not None
    hold.until, hold.begun = to_ms(started.claim.expires_at), True
    return f"dial {started.attempt_id}"


def dialled(chair: Chair, chance: random.Random) -> str:
    """The dial's result."""
    work, world = chair.working, chair.world
    result = AttemptResult.CONNECTED if chance.random() < 0.7 else chance.choice(RESULTS)
    ended = calls.end_dial(chair.at, work.claim, work.attempt, result, chair.now())
    hold = world.ideal.hold_of(work.claim.token)
    must(hold is not None, "a dial was ended on a lease somebody else has", claim=work.claim)
    assert hold is not None
    if result is AttemptResult.CONNECTED:
        hold.until, work.stage = chair.now_ms() + LEASE_S * 1000, "connected"
    elif ended.keep:
        work.phones = (ended.next_phone_id,) if ended.next_phone_id is not None else ()
        work.stage = "preview"
    else:
        drop(chair)
    return result.value


def drop(chair: Chair) -> None:
    """The contact is given up."""
    chair.world.ideal.give_back(chair.working.claim.token)
    chair.stale, chair.work = chair.working.claim, None


def give_back(chair: Chair, chance: random.Random) -> str:
    """Put it back, or skip it with a reason."""
    work = chair.working
    if chance.random() < 0.5 and work.stage == "preview" and work.claim.item_id is not None:
        try:
            queue.skip(chair.at, work.claim, "等会儿再打", chair.now())
        except RecordError as error:
            if error.code not in ("skip_after_dialling", "skip_urgent"):
                raise
        else:
            drop(chair)
            return "skipped"
    queue.release(chair.at, work.claim, chair.now())
    drop(chair)
    return "given back"


def renew(chair: Chair, chance: random.Random) -> str:
    """Heartbeat."""
    work = chair.working
    until = queue.renew(chair.at, work.claim, chair.now())
    hold = chair.world.ideal.hold_of(work.claim.token)
    must(hold is not None, "a lease somebody else has was renewed", claim=work.claim)
    assert hold is not None
    hold.until = to_ms(until)
    return f"until {until:%H:%M:%S}"


def listen(chair: Chair, chance: random.Random) -> str:
    """An answer; a danger sign is escalated at once, as the screen does."""
    work, world = chair.working, chair.world
    question = chance.choice(("recovery_overall", "vision_change", "leg_one_sided", "pain_now"))
    now = chair.now()
    if question in DANGERS and chance.random() < 0.5:
        given = Answered(question, "yes", now)
        flag, level = DANGERS[question]
        work.answers = (*(one for one in work.answers if one.question != question), given)
        if chance.random() < 0.3:
            # The screen died, or the answer came by another way: the save has to find it.
            return f"{question} yes, not handed over"
        said = FlagForm(level, (flag,))
        key = f"{work.key}/{flag}"
        raised = escalations.raise_flag(chair.at, work.claim, said, key, now)
        if not raised.repeated:
            world.ideal.raised(raised.escalation.id, level, (flag,))
        if chance.random() < 0.5:
            again = escalations.raise_flag(chair.at, work.claim, said, key, chair.now())
            must(
                again.repeated and again.escalation.id == raised.escalation.id,
                "a repeated alarm is another one",
            )
        if chance.random() < 0.6:
            escalations.told(chair.at, raised.escalation.id, "陈医生", chair.now())
        return f"{question} yes, escalation {raised.escalation.id}"
    value = {"recovery_overall": "good", "pain_now": "2"}.get(question, "no")
    if any(one.question == question for one in work.answers):
        return "said before"
    number = 2.0 if question == "pain_now" else None
    work.answers = (*work.answers, Answered(question, value, now, number))
    return f"{question} {value}"


def write(chair: Chair, chance: random.Random) -> str:
    """Type, and keep it; twice in a second, the second time waits."""
    world, work = chair.world, chair.working
    at_once = chance.random() < 0.3
    text = sentence(world.number())
    contact, now = work.claim.contact_id, chair.now()
    known = world.ideal.drafts.setdefault(contact, Typed(chair.at.staff_id, "", 0))
    known.perhaps = text
    form = CallForm(note=text, answers=work.answers, started_at=now)
    try:
        kept = calls.keep_draft(chair.at, work.claim, form, now, at_once=at_once)
    except RecordError:
        known.perhaps = None
        raise
    known.perhaps = None
    if kept:
        known.text, known.at, work.typed = text, to_ms(now), text
        return text
    must(
        not at_once and 0 <= to_ms(now) - known.at < 1000,
        "more than a second of typing was not kept",
        typed=known,
    )
    return "not yet"


def form_of(chair: Chair, chance: random.Random) -> CallForm:
    """A form with some outcome, now and then one that is not whole."""
    work, now = chair.working, chair.now()
    outcome = chance.choice(OUTCOMES)
    talked = outcome in (CallOutcome.COMPLETED, CallOutcome.PARTIAL)
    promise = None
    if outcome is CallOutcome.CALLBACK_AGREED or chance.random() < 0.1:
        promise = PromiseMade(now + timedelta(minutes=chance.randint(8, 400)), chance.random() < 0.5, "回电")
    return CallForm(
        outcome=outcome,
        spoke_to=SpokeTo.PATIENT if talked else SpokeTo.UNKNOWN,
        identity=work.proof if chance.random() < 0.95 else (),
        started_at=now,
        answers=work.answers,
        note=sentence(chair.world.number()),
        promise=promise,
        opt_out=(chance.choice((Purpose.CARE, Purpose.SURVEY)),) if outcome is CallOutcome.OPTED_OUT else (),
    )


def save(chair: Chair, chance: random.Random) -> str:
    """Save, and sometimes send it again."""
    work = chair.working
    if not work.proof:
        open_call(chair, chance)
    form = form_of(chair, chance)
    chair.repeat = (work.claim, form, work.key)
    told = _save(chair, work.claim, form, work.key)
    if chance.random() < 0.3:
        return f"{told}, {send_again(chair, chance)}"
    return told


def _save(chair: Chair, claim: Claim, form: CallForm, key: str) -> str:
    world = chair.world
    ideal, contact = world.ideal, claim.contact_id
    known = ideal.drafts.setdefault(contact, Typed(chair.at.staff_id, "", 0))
    known.perhaps, known.perhaps_over = form.note, True
    ideal.sent.setdefault(key, {})[form.note] = form
    flags = [
        DANGERS[one.question][0] for one in form.answers if one.question in DANGERS and one.value == "yes"
    ]
    if form.outcome is not CallOutcome.WRONG_PERSON:
        # From the first COMMIT on the alarm stands, whatever becomes of the save.
        world.expect_alarm(chair, contact, flags)
    now = chair.now()
    try:
        done = calls.save(chair.at, claim, form, key, now)
    except RecordError:
        known.perhaps, known.perhaps_over = None, False
        if form.outcome is not CallOutcome.WRONG_PERSON:
            for flag in flags:
                must(world.watch.alarmed(contact, flag), "a refused save kept back an alarm", flag=flag)
        raise
    finally:
        world.expect_alarm(chair, contact, [])
    known.perhaps, known.perhaps_over = None, False
    if done.late:
        must(
            ideal.hold_of(claim.token) is None,
            "a save came too late on a lease that was its own",
            claim=claim,
        )
        known.text, known.at = form.note, to_ms(now)
        chair.work, chair.stale = None, claim
        return f"late, draft {done.draft_id}"
    if chair.work is not None and chair.work.claim.token == claim.token:
        chair.work, chair.stale = None, claim
    _on_record(chair, done, key, form, contact)
    known.over = True
    ideal.keys[key] = done.call_id or 0
    ideal.give_back(claim.token)
    ideal.finish(one.item_id for one in done.items if one.state is ItemState.DONE)
    return f"{form.outcome.value}: call {done.call_id}{' again' if done.repeated else ''}"


def _on_record(chair: Chair, done: SavedCall, key: str, form: CallForm, contact: int) -> None:
    must(done.call_id is not None, "a save without a call", done=done)
    assert done.call_id is not None
    seen = chair.world.ideal.saved.get(done.call_id)
    if done.repeated:
        must(seen is not None or chair.world.shaken_before(contact), "a repeat of nothing", done=done)
    else:
        must(seen is None, "a second save got an old call", done=done)
    made = chair.world.watch.saved(done.call_id)
    if done.repeated:
        # Whichever of the forms sent under this key came first.
        form = chair.world.ideal.sent[key].get(made.row[3], form)
    said = {(row[3], row[4]) for row in made.answers}
    must(
        made.contact == contact
        and made.row[3] == form.note
        and made.row[2] == form.outcome.value
        and said == {(one.question, one.value) for one in form.answers},
        "what is on record is not what was saved",
        row=made.row,
        form=form,
    )


def send_again(chair: Chair, chance: random.Random) -> str:
    """The same save once more: after an answer that never came, or a key pressed twice."""
    assert chair.repeat is not None
    claim, form, key = chair.repeat
    ideal = chair.world.ideal
    earlier = ideal.keys.get(key)
    told = _save(chair, claim, form, key)
    if earlier is not None:
        must(
            ideal.keys[key] == earlier and "again" in told,
            "a repeated save is another record",
            key=key,
            told=told,
        )
    return f"sent again: {told}"


def complain(chair: Chair, chance: random.Random) -> str:
    """Hand something over to the board."""
    work = chair.working
    severity = chance.choice(tuple(Severity))
    key = f"{work.key}/complaint/{chair.world.number()}"
    made = escalations.hand_over(
        chair.at, work.claim, None, EscalationKind.COMPLAINT, severity, "对价格不满意", key, chair.now()
    )
    return f"escalation {made.escalation.id}"


def line_dropped(chair: Chair, chance: random.Random) -> str:
    """The line broke while danger signs were being asked about."""
    return f"item {escalations.line_dropped(chair.at, chair.working.claim, chair.now())}"


def throw_away(chair: Chair, chance: random.Random) -> str:
    """Discard what was typed."""
    work, ideal = chair.working, chair.world.ideal
    known = ideal.drafts.get(work.claim.contact_id)
    if known is not None:
        known.perhaps_over = True
    try:
        calls.discard(chair.at, work.claim.contact_id, chair.now())
    except RecordError:
        if known is not None:
            known.perhaps_over = False
        raise
    assert known is not None
    known.perhaps_over, known.over = False, True
    drop(chair)
    return "discarded"


def walk_away(chair: Chair, chance: random.Random) -> str:
    """The console is closed under her hands, with nothing in doubt."""
    chair.pending = None
    chair.crashed()
    return "console closed"
