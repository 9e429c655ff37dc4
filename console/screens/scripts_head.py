"""The lines above the talk-tracks: procedure, day, language, standing and parts; and where a sought line is."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Input, Static

from console import i18n
from console.i18n import _, p_
from console.screens import scripts_words as words
from console.scripts.library import Library
from console.text import cells, cut, plain, ui_text
from console.widgets.call_panes import Line, Pane
from console.widgets.row_list import RowList

if TYPE_CHECKING:
    from console.desk.scripts import Release
    from console.screens.scripts import ScriptsScreen
    from console.screens.scripts_lists import Row

LAST_DAY = 36_500
"""Most days after an operation that anybody asks about: a hundred years."""
HIT = "$cursor-ink on $cursor-paper"
"""Style of the line a search led to."""
ABOVE = 4
"""Lines left in sight above it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the lists.

    Args:
        library, release: what is read.
        procedure: code, empty for none. day: post-op day. spoken: language of the talk.
        part: as in `scripts_words.PARTS`.
        apart: a release read by itself, not what calls are read from.
    """

    library: Library
    release: Release
    procedure: str
    day: int
    spoken: str
    part: str
    apart: bool


def paint(screen: ScriptsScreen, head: Head) -> None:
    """Sets the lines in the language of the moment, cut to the width."""
    width = max(screen.size.width, 20)
    name = head.library.procedures[head.procedure].name.of(i18n.language()) if head.procedure else ""
    said = p_("talk", "Chinese") if head.spoken == "zh" else p_("talk", "English")
    more = "  ".join((_("talk in {language}", language=said), words.release_name(head.release)))
    room = max(width - cells(more) - 14 - cells(_("post-op day")), 8)
    screen.query_one("#scripts-for", Static).update(ui_text(f"{cut(name, room)}  {_('post-op day')}"))
    screen.query_one("#scripts-more", Static).update(ui_text(more))
    day = screen.query_one("#scripts-day", Input)
    if not day.has_focus:
        day.value = str(head.day)
    told, warned = words.status_line(head.release, screen.local_now().date())
    if head.apart:
        told, warned = _("You read this release by itself; calls are read from the one in force."), True
    standing = screen.query_one("#scripts-standing", Static)
    standing.display = warned
    standing.update(ui_text(cut(told, width - 2)))
    parts: list[Content] = []
    for part in words.PARTS:
        text = f"{words.PART_WORDS[part][0]} {words.part_word(part)}"
        parts.append(Content.styled(f"[{text}]", "bold") if part == head.part else Content(f" {text} "))
    screen.query_one("#scripts-parts", Static).update(Content("").join(parts))
    field = screen.query_one("#scripts-filter", Input)
    field.placeholder = plain(_("n: part of a word, pinyin"))


def day_of(typed: str) -> int | None:
    """A post-op day as typed, full-width digits too; None when it is none."""
    text = unicodedata.normalize("NFKC", typed).strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LAST_DAY else None


def line_of(lines: Sequence[Line], text: str, values: Mapping[str, str]) -> int | None:
    """The line of the preview that holds a found text.

    Args:
        lines: of the preview.
        text: as the release has it. values: what fills its gaps.
    """
    wanted = plain(i18n.fill(text, values))
    whole = (at for at, (shown, _style) in enumerate(lines) if shown.strip() == wanted)
    inside = (at for at, (shown, _style) in enumerate(lines) if wanted in shown)
    return next(whole, next(inside, None))


def show_preview(screen: ScriptsScreen, lines: Sequence[Line], at: int | None) -> None:
    """Replaces the preview.

    Args:
        screen: whose.
        lines: of the preview.
        at: the line a search led to, marked and brought into sight; None shows the beginning.
    """
    pane, scroll = screen.query_one("#scripts-text", Pane), screen.query_one("#scripts-preview")
    if at is None:
        pane.show_lines(lines)
        scroll.scroll_home(animate=False)
        return
    pane.show_lines([*lines[:at], (lines[at][0], HIT), *lines[at + 1 :]])

    def to_hit() -> None:
        scroll.scroll_to(y=max(pane.rows_above(at) - ABOVE, 0), animate=False)

    screen.call_after_refresh(to_hit)


def put(listed: RowList, rows: Sequence[Row], code: str | None) -> None:
    """Fills a list with the cursor on a code."""
    listed.show_rows([(row.id, row.words, row.style) for row in rows])
    at = next((at for at, row in enumerate(rows) if row.code == code), None)
    if at is not None:
        listed.highlighted = at
