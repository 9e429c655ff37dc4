"""The result of an operation over time: a small plot by dimension, its values in words, where photographs are."""

from __future__ import annotations

from collections.abc import Sequence

from console.i18n import _
from console.text import cells, fit
from console.widgets.call_panes import ASK, DIM, HEAD, WARN, Line
from console.widgets.patient_lines import appointment_word
from console.widgets.story_lines import words_of
from console.words import procedure_word
from db.records import OutcomePoint, ResultOverTime

ROWS = (100, 75, 50, 25, 0)
"""Levels of the plot: best answers on top."""
NEWEST = 10
"""Conversations in the plot; the older ones are in the words below it."""
COLUMN = 6
"""Cells of one conversation in the plot."""


def result_lines(found: ResultOverTime) -> list[Line]:
    """The plot, its values in words, and the references of photographs.

    Args:
        found: as read.
    """
    if found.hidden:
        return [(_("About a restricted procedure: only somebody authorised may read it."), WARN)]
    lines: list[Line] = []
    if found.points:
        lines += _plot(found)
        lines += [("", ""), (_("In words: 100 is the best answer there is, 0 the worst"), HEAD)]
        lines += _in_words(found)
    else:
        lines.append((_("Nothing about the result was asked in a recorded call yet."), DIM))
    lines += [("", ""), (_("Photographs: where they are, never the pictures"), HEAD)]
    for one in found.photos:
        what = procedure_word(one.procedure) if one.procedure else ""
        text = "  ".join(
            part for part in (f"{one.on:%Y-%m-%d}", appointment_word(one.kind), what, one.note) if part
        )
        lines.append((text, ""))
    if not found.photos:
        lines.append((_("None is noted."), DIM))
    return lines


def day_label(one: OutcomePoint) -> str:
    """A conversation's day: after the operation, or of the year."""
    return f"D{one.day}" if one.day is not None else f"{one.on:%m-%d}"


def _plot(found: ResultOverTime) -> list[Line]:
    """Digits name the dimensions; several on one spot stand side by side."""
    points = found.points[-NEWEST:]
    numbers = {code: str(at) for at, code in enumerate(found.dimensions, 1)}
    lines: list[Line] = [(_("Digits are the dimensions named below."), DIM)]
    for row in ROWS:
        cut = "".join(fit(_marks(one, row, numbers), COLUMN) for one in points)
        lines.append((f"{row:>3} |{cut}".rstrip(), ASK))
    lines.append(("    +" + "-" * (COLUMN * len(points)), DIM))
    lines.append(("     " + "".join(fit(day_label(one), COLUMN) for one in points).rstrip(), DIM))
    return lines


def _marks(one: OutcomePoint, row: int, numbers: dict[str, str]) -> str:
    step = ROWS[0] // (len(ROWS) - 1)
    return "".join(
        number
        for code, number in numbers.items()
        if code in one.percent and round(one.percent[code] / step) * step == row
    )


def _in_words(found: ResultOverTime) -> list[Line]:
    width = max(cells(words_of(one)) for one in found.dimensions.values())
    lines: list[Line] = []
    for at, (code, texts) in enumerate(found.dimensions.items(), 1):
        known = [one for one in found.points if code in one.percent]
        values = ", ".join(f"{day_label(one)} {one.percent[code]}" for one in known)
        change = f"  ({_change(known, code)})" if len(known) > 1 else ""
        lines.append((f"{at} {fit(words_of(texts), width)}  {values or _('not asked')}{change}", ASK))
    return lines


def _change(known: Sequence[OutcomePoint], code: str) -> str:
    first, last = known[0].percent[code], known[-1].percent[code]
    return _("better") if last > first else _("worse") if last < first else _("as before")
