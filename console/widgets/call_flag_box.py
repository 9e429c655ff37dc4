"""The box over a call while a red flag is open: level and sign, who has been told, whom to phone, what to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.i18n import _, p_
from console.rules.triage import Flag
from console.scripts.records import Lines
from console.text import cells, cut
from console.widgets.call_panes import ALARM, ASK, GOOD, WARN, Line, filled, phone_words
from console.words import level_word
from db.enums import Level
from db.records import OnCallCard


@dataclass(frozen=True, slots=True)
class FlagBox:
    """What stands above everything while a red flag of this call is open."""

    level: Level
    flags: tuple[Flag, ...]
    lines: Lines | None
    on_call: OnCallCard | None
    saved: bool
    told: str | None
    phoning: str | None
    mis_keyed: bool = False
    failed: bool = False
    """The record refused it: it is tried again until it is written."""


DESPAIR = "mood_body_image"
"""The concern that knows what to say to somebody who speaks of ending her life."""


def flag_lines(box: FlagBox, screen: str, spoken: str, values: Mapping[str, str], width: int) -> list[Line]:
    """The red flag above everything, what must not be missed first: level and sign, whether it is handed over
    and who has been told, whom to phone, the ambulance rule, the sentence to say.

    Args:
        box: what stands. screen, spoken: languages of the caller and of the patient.
        values: placeholders. width: cells of the pane; no line may wrap and push another one out.
    """
    urgent = box.level in (Level.EMERGENCY, Level.SAME_DAY)
    strong = ALARM if box.level is Level.EMERGENCY else WARN
    more = "" if len(box.flags) < 2 else "  " + _("+{n} more", n=len(box.flags) - 1)
    sign = box.flags[0].text(screen) if box.flags else ""
    start = f"!! {_time(box)}  "
    head = start + cut(sign, max(width - cells(start) - cells(more), 4)) + more
    if box.failed:
        state, style = _("NOT handed over! Trying again ..."), ALARM
    else:
        state, style = _("handed over") if box.saved else _("handing over ..."), ""
    if box.mis_keyed:
        state += "  " + _("marked: caller says mis-keyed")
    if urgent:
        state += "  " + (_("told: {who}", who=box.told) if box.told else _("nobody told yet: f10"))
    lines: list[Line] = [(head, strong), (cut(state, width), style)]
    if box.phoning:
        lines.append((cut(_("phoning: {who}", who=box.phoning), width), GOOD))
    card = box.on_call
    if card is not None and urgent:
        people = [
            f"{one.name} {phone_words(one.phone) if one.phone else _('no number')}" for one in card.people
        ]
        label = _("lead: {people}", people="") if card.empty else _("on call: {people}", people="")
        lines += [(cut(words, width), WARN) for words in _packed(label, people, width)]
        if box.level is Level.EMERGENCY:
            # Whoever speaks of ending her life is not asked to ring off (facts.yaml safe_handling): a colleague dials.
            worst = [flag for flag in box.flags if flag.level is box.level] or box.flags
            alone = any(flag.words == DESPAIR for flag in worst)
            ambulance = (
                _("ambulance {number}: a colleague dials, you stay on the line", number=card.ambulance)
                if alone
                else _("ambulance {number}: she or her companion dials", number=card.ambulance)
            )
            lines.append((cut(ambulance, width), WARN))
    lines += [(line, ASK) for line in filled(box.lines, spoken, values)]
    return lines


def _time(box: FlagBox) -> str:
    """How soon somebody contacts her: the level's word, or the shorter time the first sign has of its own."""
    minutes = box.flags[0].contact_by_min if box.flags and box.flags[0].level is box.level else None
    return level_word(box.level) if minutes is None else p_("level", "within {n} min", n=minutes)


def _packed(label: str, people: Sequence[str], width: int) -> list[str]:
    """Names with numbers, as many to a line as fit whole."""
    lines: list[str] = []
    for one in people:
        if lines and cells(f"{lines[-1]}  {one}") <= width:
            lines[-1] += f"  {one}"
        else:
            lines.append(f"{label.rstrip()} {one}" if not lines else f"  {one}")
    return lines
