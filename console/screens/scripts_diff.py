"""What one release of the talk-tracks says differently from what is read now, file by file, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static

from console import i18n
from console.i18n import _, p_
from console.screens.frame import Frame
from console.screens.scripts_words import GROUPS, days_words, for_word
from console.scripts.records import EVERYBODY
from console.text import ui_text
from console.widgets.call_panes import ASK, DIM, GOOD, HEAD, WARN, Line, Pane
from console.widgets.row_list import RowList

if TYPE_CHECKING:
    from console.scripts.inventory import Change
    from console.scripts.library import Library
    from console.scripts.records import Words

KINDS: Mapping[str, str] = {"added": "new", "removed": "taken out", "changed": "changed"}
TOKENS: Mapping[str, str] = {
    "zh": "Chinese",
    "en": "English",
    "say": "what is said",
    "otherwise": "said instead",
    "record": "for the record",
    "ask": "questions",
    "details": "questions for the record",
    "flags": "red flags",
    "trend": "question of the trend",
    "sources": "sources",
    "title": "title",
    "step": "step",
    "track": "track",
    "flow": "flow",
    "playbook": "playbook",
    "days": "days",
    "until": "last day",
    "from": "first day",
    "peak": "day of the peak",
    "level": "level",
    "version": "version",
    "aliases": "aliases",
    "sheet": "by the sheet",
    "signs": "signs",
    "groups": "groups",
}
"""Keys of the files, as far as they have a word."""


class ScriptDiff(Frame):
    """Files with changes on the left, the changes of one on the right.

    Args:
        name: of the release, already translated.
        texts: the release.
        changes: against what is read now.
        names: of the files, by `file_names`.
    """

    SCOPE: ClassVar[str] = "script_diff"
    CSS_PATH = "scripts.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(
        self, name: str, texts: Library, changes: tuple[Change, ...], names: Mapping[str, Words]
    ) -> None:
        super().__init__()
        self._called, self._texts, self._changes, self._names = name, texts, changes, names
        self._files = list(dict.fromkeys(one.file for one in changes))

    def headline(self) -> str:
        """What is compared."""
        return _("What {name} says differently", name=self._called)

    def body(self) -> ComposeResult:
        """How many, files, changes."""
        yield Static(id="diff-about", markup=False)
        with Horizontal(id="diff-body"):
            yield RowList(id="diff-files")
            with VerticalScroll(id="diff-changes"):
                yield Pane(id="diff-text", markup=False)

    def on_mount(self) -> None:
        """Shows the first file."""
        self.repaint()

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted:
            return
        if self._changes:
            about = _("{n} changes in {files} files against what callers read now.", n=len(self._changes),
                      files=len(self._files))  # fmt: skip
        else:
            about = _("It says the same as what callers read now.")
        self.query_one("#diff-about", Static).update(ui_text(about))
        rows: list[tuple[int, str, str]] = []
        for at, file in enumerate(self._files):
            count = sum(1 for one in self._changes if one.file == file)
            rows.append((at, f"{count:>4}  {self._called_in_words(file)}", ""))
        self.query_one(RowList).show_rows(rows)
        self._show()

    def _show(self) -> None:
        at = self.query_one(RowList).current
        if at is None:
            return
        file = self._files[at]
        lines: list[Line] = [(f"{self._called_in_words(file)}  {file}", HEAD)]
        for one in self._changes:
            if one.file == file:
                lines += change_lines(one, self._texts)
        self.query_one("#diff-text", Pane).show_lines(lines)
        self.query_one("#diff-changes").scroll_home(animate=False)

    def _called_in_words(self, file: str) -> str:
        name = self._names.get(file)
        return file if name is None else name.of(i18n.language())

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another file."""
        event.stop()
        self._show()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter goes into the changes; the arrows scroll them."""
        event.stop()
        self.query_one("#diff-changes").focus()

    def action_page(self, step: int) -> None:
        """Scrolls the changes while the list has the keys."""
        scroll = self.query_one("#diff-changes")
        scroll.scroll_page_down(animate=False) if step > 0 else scroll.scroll_page_up(animate=False)

    def action_back(self) -> None:
        """From the changes to the files, from there away."""
        if self.query_one("#diff-changes").has_focus:
            self.query_one(RowList).focus()
        else:
            self.dismiss(None)


def file_names(texts: Library, changes: Iterable[Change]) -> dict[str, Words]:
    """The files by what is in them, the concern or flow of their name, as far as they have one. Reads files: not
    for the event loop.

    Args:
        texts: the release.
        changes: of it; `where_words` finds its procedures read from now on.
    """
    from console.scripts.errors import ScriptError

    made: dict[str, Words] = {}
    for file in dict.fromkeys(one.file for one in changes):
        folder, _slash, name = file.removesuffix(".toml").partition("/")
        try:
            if folder == "concerns" and name in texts.concerns:
                made[file] = texts.concerns[name].name
            elif folder == "flows" and name in texts.names("flows"):
                made[file] = texts.flows(name)[0].title
        except ScriptError:
            continue
    with suppress(ScriptError):
        # A record is built when it is first asked for: here, and not where the words of a place are painted.
        list(texts.procedures.values())
    return made


def change_lines(change: Change, texts: Library) -> list[Line]:
    """One difference in words: where, then the sentence now and the one of this release.

    Args:
        change: of `inventory.compare`, now against this release.
        texts: this release.
    """
    place = where_words(change.where, texts)
    if change.line is not None:
        place = _("{place}, sentence {n}", place=place, n=change.line)
    made: list[Line] = [("", ""), (f"{place}: {p_('change', KINDS[change.kind])}", DIM)]
    if change.old:
        made.append((_("now: {text}", text=change.old), WARN))
    if change.new:
        made.append((_("then: {text}", text=change.new), GOOD if change.old else ASK))
    return made


def where_words(where: str, texts: Library) -> str:
    """A place inside a file with its keys, procedures, groups and days in words; other names stay as written.

    Args:
        where: as `inventory.Change` has it, like `track[upper_blepharoplasty [4]].say.zh`.
        texts: the release, for the names of procedures.
    """
    parts: list[str] = []
    for part in _split(where, "."):
        key, bracket, rest = part.partition("[")
        known = TOKENS.get(key)
        said = [p_("script key", known) if known else key]
        if bracket:
            said += [_name_words(one, texts) for one in _split(rest[:-1], " ")]
        parts.append(" ".join(one for one in said if one))
    return ", ".join(parts) if where else _("the whole file")


def _split(text: str, at: str) -> list[str]:
    """Parts between a sign that stands outside brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == at and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _name_words(name: str, texts: Library) -> str:
    days = re.fullmatch(r"\[(\d+)(?:, (\d+))?\]", name)
    if days:
        return days_words((int(days[1]), int(days[2]) if days[2] else None))
    return for_word(name, texts) if name == EVERYBODY or name in texts.procedures or name in GROUPS else name
