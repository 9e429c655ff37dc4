"""What a lead and a doctor do, and what changes about patients: the board, the policy, imports, operations, deaths."""

from __future__ import annotations

import random
from datetime import timedelta

from console.desk import escalations, imports, moving, patients, staff, standing
from console.desk import policy as policies
from console.rules import calendar
from db.enums import Level, Purpose, Role
from db.errors import NotAllowed
from db.instants import day as as_day
from db.patient_records import PatientForm, TreatmentForm
from tests.clinic import PIN
from tests.model import clinic as setting
from tests.model.chair import Chair, sentence
from tests.model.ideal import Alarm, must


def case(chair: Chair, chance: random.Random) -> int | None:
    """Some open escalation."""
    rows = chair.world.clinic.rows(
        "SELECT id, patient_id FROM escalation WHERE status <> 'resolved' ORDER BY id"
    )
    if not rows:
        return None
    chosen = chance.choice(rows)
    if chosen["patient_id"] is not None:
        chair.world.touched.add(int(str(chosen["patient_id"])))
    return int(str(chosen["id"]))


def board(chair: Chair, chance: random.Random) -> str:
    """One act on the board."""
    one = case(chair, chance)
    if one is None:
        return "the board is empty"
    seat, now = chair.at, chair.now()
    act = chance.choice(
        ("acknowledge", "assign", "note", "contacted", "resolve", "resolve", "call_now", "raise")
    )
    if act == "acknowledge":
        escalations.acknowledge(seat, one, now)
    elif act == "assign":
        escalations.assign(seat, one, chance.choice(sorted(chair.world.clinic.staff_ids.values())), now)
    elif act == "note":
        escalations.note(seat, one, sentence(chair.world.number()), now)
    elif act == "contacted":
        escalations.contacted(seat, one, "已联系", now, clinician=chance.choice(("", "陈医生")))
    elif act == "resolve":
        escalations.resolve(seat, one, "无异常", "观察", "按时复诊", now)
    elif act == "call_now":
        escalations.call_now(seat, chair.world.any_patient(chance), one, "请立即回电", now)
    else:
        escalations.raise_level(seat, one, Level.EMERGENCY, "更急", now)
    return f"{act} {one}"


def lower(chair: Chair, chance: random.Random) -> str:
    """Make an escalation less urgent: a doctor's, and nobody else's."""
    one = case(chair, chance)
    if one is None:
        return "the board is empty"
    level = chance.choice((Level.SAME_DAY, Level.URGENT))
    alarm = chair.world.ideal.alarms.get(one)
    doctor = chair.at.role is Role.DOCTOR
    if alarm is not None and doctor:
        # In doubt until it is acknowledged: she may have died over it.
        chair.world.ideal.alarms[one] = Alarm(max(level, alarm.level, key=lambda two: two.rank), alarm.flags)
    try:
        escalations.lower_level(chair.at, one, level, PIN, "医生判断", chair.now())
    except NotAllowed:
        if alarm is not None:
            chair.world.ideal.alarms[one] = alarm
        return "refused"
    must(doctor, "somebody who is no doctor lowered an escalation", role=chair.at.role)
    return f"{one} to {level}"


def mis_key(chair: Chair, chance: random.Random) -> str:
    """Say that a sign was keyed by mistake: nothing is taken back."""
    one = case(chair, chance)
    if one is None:
        return "the board is empty"
    escalations.correct_mis_key(chair.at, one, (), "按错键了", chair.now())
    return f"mis-keyed {one}"


def edit_policy(chair: Chair, chance: random.Random) -> str:
    """Other rules from now on; this seat or the others go on with the old ones for a while."""
    text = setting.policy_text(chair.world.document, chance)
    done = policies.apply(chair.at, text, chair.now())
    if chance.random() < 0.5:
        chair.seat = staff.refreshed(chair.at)
    return f"version {done.version}{'' if done.changed else ' as before'}"


def bring(chair: Chair, chance: random.Random) -> str:
    """An import, while everybody calls."""
    world, now = chair.world, chair.now()
    path = setting.export(world.folder, chance, calendar.of(world.policy).day_of(now))
    report = imports.run(chair.database, path, now=now)
    refused = len(report.rejected)
    return f"{report.accepted} new, {report.updated} changed, {refused} refused, {report.items_planned} items"


def consent(chair: Chair, chance: random.Random) -> str:
    """Contact for one purpose is refused, or allowed again."""
    patient = chair.world.any_patient(chance)
    purpose, given = chance.choice(tuple(Purpose)), chance.random() < 0.4
    patients.record_consent(chair.at, patient, purpose, given, "phone", chair.now())
    return f"patient {patient} {purpose} {given}"


def stop(chair: Chair, chance: random.Random) -> str:
    """A death, a legal hold, no follow-up; or one of them taken back."""
    patient, seat, now = chair.world.any_patient(chance), chair.at, chair.now()
    act = chance.choice(("death", "undo", "undo", "hold", "free", "free", "leave", "follow"))
    if act == "death":
        day = calendar.of(chair.world.policy).day_of(now)
        standing.record_death(seat, patient, day, "家属来电", now)
    elif act == "undo":
        standing.undo_death(seat, patient, "弄错了", now)
    elif act in ("hold", "free"):
        standing.set_legal_hold(seat, patient, act == "hold", "律师函", now)
    else:
        standing.set_no_follow_up(seat, patient, act == "leave", "客户要求", now)
    return f"{act} patient {patient}"


def operation(chair: Chair, chance: random.Random) -> str:
    """An operation of another day, a new one, or one taken back."""
    world, now = chair.world, chair.now()
    patient = world.any_patient(chance)
    rows = world.clinic.rows(
        "SELECT id, performed_on FROM treatment WHERE patient_id = :p AND superseded_at IS NULL ORDER BY id",
        p=patient,
    )
    today = calendar.of(world.policy).day_of(now)
    day = today - timedelta(days=chance.randint(0, 4))
    if rows and chance.random() < 0.8:
        row = chance.choice(rows)
        treatment = int(str(row["id"]))
        if chance.random() < 0.2:
            closed = patients.remove_treatment(chair.at, patient, treatment, "录错人", now)
            return f"treatment {treatment} removed, {closed} items"
        performed = as_day(str(row["performed_on"])) or today
        if chance.random() < 0.5:
            day = performed
        form = TreatmentForm("双眼皮", str(day), stitches_on=str(day + timedelta(days=chance.randint(5, 8))))
        done = patients.save_treatment(chair.at, patient, form, f"t{world.number()}", now, treatment)
        return f"treatment {treatment} to {day}: {done.closed} closed, {done.planned} planned"
    done = patients.save_treatment(
        chair.at, patient, TreatmentForm("水光针", str(day)), f"t{world.number()}", now
    )
    return f"new treatment {done.treatment_id}: {done.planned} planned"


def move(chair: Chair, chance: random.Random) -> str:
    """A planned call on another day."""
    world, now = chair.world, chair.now()
    rows = world.clinic.rows(
        "SELECT id, patient_id FROM item WHERE state IN ('waiting', 'ready') AND kind = 'milestone' "
        "AND klass <> 'safety' ORDER BY id"
    )
    if not rows:
        return "nothing to move"
    row = chance.choice(rows)
    day = calendar.of(world.policy).day_of(now) + timedelta(days=chance.randint(0, 5))
    moving.move_call(chair.at, int(str(row["patient_id"])), int(str(row["id"])), day, "客户要求", now)
    return f"item {row['id']} to {day}"


def hours(chair: Chair, chance: random.Random) -> str:
    """A number or hours of her own."""
    world, now = chair.world, chair.now()
    patient = world.any_patient(chance)
    row = world.clinic.rows(
        "SELECT name, born_on, external_id, language FROM patient WHERE id = :p", p=patient
    )[0]
    numbers = world.clinic.rows(
        "SELECT e164 FROM phone WHERE patient_id = :p AND contact_person_id IS NULL AND status <> 'dead' "
        "ORDER BY rank, id",
        p=patient,
    )
    keep = [str(one["e164"]) for one in numbers][: chance.randint(0, 2)]
    fresh = f"+86{setting.FIRST + chance.randrange(12)}"
    form = PatientForm(
        name=str(row["name"]),
        numbers=tuple(keep) or (fresh,),
        external_id=str(row["external_id"] or ""),
        born_on=str(row["born_on"] or ""),
        language=str(row["language"]),
        preferred_hours=chance.choice(("", "15:00-16:00", "19:00-20:30")),
    )
    patients.save_patient(chair.at, form, f"p{world.number()}", now, patient)
    return f"patient {patient}: {len(form.numbers)} numbers, hours {form.preferred_hours or 'any'}"


def amend(chair: Chair, chance: random.Random) -> str:
    """Put a saved call right: a new row, never the old one changed."""
    from console.desk import calls

    saved = sorted(chair.world.ideal.saved)
    if not saved:
        return "nothing to amend"
    call = chance.choice(saved)
    text = sentence(chair.world.number())
    made = calls.amend(chair.at, call, "补充", text, f"a{chair.world.number()}", chair.now())
    chair.world.watch.saved(made)
    return f"call {call} by {made}"
