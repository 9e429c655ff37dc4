"""A day of saved calls to draw from: one for each rule, and plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from console.desk import calls, escalations, quality, quality_drawing, scripts
from console.desk.quality_drawing import Draw
from console.rules.quality import Mark
from db.enums import Level
from db.records import Answered, Correction, FlagForm
from tests.clinic import PIN
from tests.desk.call_world import Person, World

FLAGS = ("vision_loss",)
GOOD = dict.fromkeys((item.code for item in quality.items()), Mark.FULL)
"""Every item of the card in full."""


def screening(number: int) -> list[str]:
    """Codes of some questions about danger signs."""
    texts = scripts._shipped()  # pyright: ignore[reportPrivateUsage]
    return [code for code, one in texts.questions.items() if one.screening][:number]


def talk(
    world: World,
    person: Person,
    login: str = "li",
    *,
    seconds: float = 120,
    each: float = 10,
    **values: object,
) -> int:
    """One saved call of so many seconds, with a danger sign answered every `each` seconds."""
    claim = world.connected(person, login)
    began = world.now
    answers = [
        Answered(code, "no", began + timedelta(seconds=each * (number + 1)))
        for number, code in enumerate(screening(4))
    ]
    answers += [Answered("recovery_overall", "good", began + timedelta(seconds=each * 5))]
    answers += [Answered("pain_now", "2", began + timedelta(seconds=each * 5), 2.0)]
    library = scripts._shipped()  # pyright: ignore[reportPrivateUsage]
    base: dict[str, object] = {"started_at": began, "answers": tuple(answers), "release_hash": library.hash}
    form = world.form(**(base | values))
    world.later(seconds=seconds)
    saved = calls.save(world.seat(login), claim, form, f"k{person.id}", world.now)
    assert saved.call_id is not None
    return saved.call_id


def day_of_calls(world: World, plain: int = 4) -> dict[str, int]:
    """One call for each rule, and so many others; returns the ruled ones by what they show."""
    found = {
        "plain": talk(world, world.person("赵平常")),
        "short": talk(world, world.person("钱很短"), seconds=19, each=3),
        "fast": talk(world, world.person("孙很快"), each=0.2),
    }
    person = world.person("李改了")
    claim = world.connected(person)
    code, began = screening(1)[0], world.now
    raised = escalations.raise_flag(
        world.seat(), claim, FlagForm(Level.SAME_DAY, FLAGS), "flag", world.later(seconds=10)
    )
    escalations.told(world.seat(), raised.escalation.id, "陈医生", world.now)
    later = world.later(seconds=60)
    form = world.form(
        started_at=began,
        release_hash=scripts._shipped().hash,  # pyright: ignore[reportPrivateUsage]
        answers=(
            Answered(code, "no", later),
            Answered("recovery_overall", "good", later),
            Answered("pain_now", "2", later, 2.0),
        ),
        corrections=(Correction(code, "yes", "按错了", later, escalation_id=raised.escalation.id),),
    )
    saved = calls.save(world.seat(), claim, form, "override", world.later(seconds=60))
    assert saved.call_id is not None
    found["override"] = saved.call_id
    for number in range(plain):
        talk(world, world.person(f"周平常{number}"), "anna")
    return found


def lowered(world: World, minutes: float = 5) -> int:
    """A call whose case a doctor made less urgent after so many minutes; returns the call."""
    person = world.person("吴降级")
    claim = world.connected(person)
    case = escalations.raise_flag(
        world.seat(), claim, FlagForm(Level.SAME_DAY, FLAGS), "low", world.now
    ).escalation
    escalations.told(world.seat(), case.id, "陈医生", world.now)
    code, began = screening(1)[0], world.now
    answers = (
        Answered(code, "no", began + timedelta(seconds=20)),
        Answered("recovery_overall", "good", began + timedelta(seconds=40)),
        Answered("pain_now", "2", began + timedelta(seconds=60), 2.0),
    )
    form = world.form(started_at=began, answers=answers)
    saved = calls.save(world.seat(), claim, form, "lowered", world.later(seconds=90))
    escalations.lower_level(
        world.seat("chen"), case.id, Level.URGENT, PIN, "照片看过", world.later(minutes=minutes)
    )
    assert saved.call_id is not None
    return saved.call_id


def drawn(world: World) -> tuple[Draw, dict[str, int]]:
    """Yesterday's calls drawn by the lead this morning."""
    found = day_of_calls(world)
    found["lowered"] = lowered(world)
    day = world.today()
    world.now = datetime.fromisoformat("2026-06-16T09:00+08:00")
    return quality_drawing.draw(world.seat("lead"), day, world.now), found


def marks(**other: Mark) -> Mapping[str, Mark]:
    """The card in full but for some items."""
    return GOOD | other
