"""A scenario file that fits its schema, as the frozen record the engine plays."""

from __future__ import annotations

from datetime import time

from console.practice import schema
from console.practice.records import (
    Companion,
    Done,
    End,
    Grade,
    Interruption,
    Must,
    Persona,
    Scenario,
    Skill,
    Truth,
    Volunteered,
)
from console.scripts.records import Lines, Words
from db.enums import CallOutcome, Language, Level, Purpose


def scenario_of(file: schema.ScenarioFile) -> Scenario:
    """The record of a scenario. Args: file, which fits the schema. Returns the record."""
    given = {
        "pickup": None if file.pickup is None else _lines(file.pickup),
        "place": None if file.place is None else _words(file.place),
        "companion": None if file.companion is None else _words(file.companion),
    }
    return Scenario(
        code=file.code,
        title=_words(file.title),
        about=_words(file.about),
        skill=Skill(file.skill),
        grade=Grade(file.grade),
        persona=_persona(file.persona),
        treatments=tuple(_done(one) for one in file.treatment),
        end=_end(file.end),
        milestone=file.milestone or "",
        incoming=file.incoming,
        known=file.known,
        on_line=file.on_line,
        clock=time.fromisoformat(file.clock),
        lives_alone=file.lives_alone,
        companions=tuple(
            Companion(one.name, one.relation, one.may_hear, one.guardian) for one in file.companion_person
        ),
        truth={code: _truth(one) for code, one in file.truth.items()},
        worries={code: _lines(one) for code, one in file.worry.items()},
        volunteers=tuple(Volunteered(one.at, _lines(one)) for one in file.volunteer),
        interruptions=tuple(_interruption(one) for one in file.interruption),
        musts=tuple(
            Must(one.code, one.did, _words(one.text), _words(one.better), one.points) for one in file.must
        ),
        better={code: _words(one) for code, one in file.better.items()},
        points=dict(file.points),
        norm_s=file.norm_s,
        sources=tuple(file.sources),
        **{key: value for key, value in given.items() if value is not None},
    )


def _persona(one: schema.Persona) -> Persona:
    return Persona(
        name=one.name,
        born_on=one.born_on,
        sex=one.sex,
        language=Language(one.language),
        voice=_words(one.voice),
        gives=tuple(one.gives),
        start=one.start,
        best=one.best,
        pace=float(one.pace),
    )


def _done(one: schema.Treatment) -> Done:
    return Done(
        procedure=one.procedure,
        day=one.day,
        site=one.site,
        side=one.side,
        surgeon=one.surgeon,
        anaesthesia=one.anaesthesia,
        implant=one.implant,
        orders=one.orders,
        stitches_day=one.stitches_day,
        splint_day=one.splint_day,
        drain_in=one.drain_in,
    )


def _truth(one: schema.Truth) -> Truth:
    return Truth(one.value, one.vague, one.hidden, {mood: _lines(says) for mood, says in one.says.items()})


def _interruption(one: schema.Interruption) -> Interruption:
    then_lines = None
    if one.then_zh is not None and one.then_en is not None:
        then_lines = Lines(tuple(one.then_zh), tuple(one.then_en))
    return Interruption(
        code=one.code,
        kind=one.kind,
        at=one.at,
        lines=_lines(one),
        answers=tuple(one.answers),
        again=None if one.again is None else _lines(one.again),
        worsens=one.worsens,
        calms=one.calms,
        becomes=one.becomes,
        then=one.then,
        then_lines=then_lines,
        better=None if one.better is None else _words(one.better),
    )


def _end(one: schema.End) -> End:
    return End(
        outcome=CallOutcome(one.outcome),
        level=None if one.level in (None, "ROUTINE") else Level(one.level),
        flags=tuple(one.flags),
        spoke_to=one.spoke_to,
        concerns=tuple(one.concerns),
        told=one.told,
        place=one.place,
        report=one.report,
        promise=one.promise,
        note=one.note,
        opt_out=tuple(Purpose(purpose) for purpose in one.opt_out),
        mood=one.mood,
    )


def _words(one: schema.Words) -> Words:
    return Words(one.zh, one.en)


def _lines(one: schema.Lines) -> Lines:
    return Lines(tuple(one.zh), tuple(one.en))
