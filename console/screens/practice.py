"""Practice: choosing a call to play, alone or in a course. The clinic it takes place in is nobody's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console import i18n, keys
from console.i18n import _, p_
from console.practice.records import Grade, Scenario, Skill
from console.rules import names
from console.screens import practice_play
from console.screens.frame import Frame
from console.screens.practice_find import FilterInput, key_of, moved, offer, spelled
from console.screens.practice_run import Pick, Run, percent
from console.scripts import turns
from console.text import cut, fit, ui_text
from console.widgets.call_panes import DIM, GOOD, HEAD, WARN, Line, Pane
from console.widgets.practice_words import grade_word, skill_word
from console.words import milestone_word, post_op_words, procedure_word

if TYPE_CHECKING:
    from console.practice.courses import Course
    from console.practice.ground import Ground
    from console.scripts.lint_base import Problem

GRADES = (Grade.GUIDED, Grade.NORMAL, Grade.EXAM)
COURSES = "courses"
Group = Skill | str | None
"""A skill, COURSES, or None for everything."""
GROUPS: tuple[Group, ...] = (None, COURSES, *Skill)
DAY = 12
"""Cells of the post-operative day, of ten years in either language."""
SIDE, WIDE = 46, 110
"""Cells of the pane beside the list (practice.tcss), and of the screen from which it is there."""


class PracticeScreen(Frame):
    """Courses and calls, found by typing; the field has the keys, so that letters find and arrows choose."""

    SCOPE: ClassVar[str] = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#practice-filter"

    def __init__(self) -> None:
        super().__init__()
        # Tab would else leave the field, and enter belong to it alone.
        keys.bind(self, self.SCOPE, at_once=True)
        self.ground: Ground | None = None
        self.run: Run | None = None
        self.scenarios: Mapping[str, Scenario] = {}
        self.grade = Grade.NORMAL
        self.group: Group = None
        self.faults: tuple[Problem, ...] = ()
        self.starting = False
        self._keys: Mapping[str, frozenset[str]] = {}
        self._rows: list[Scenario | Course | None] = []
        self._at = ""
        self._seated = asyncio.Event()

    # -- frame --

    def headline(self) -> str:
        """Where one is, how much help there is, how much was passed."""
        seat, run = self.console_app.seat, self.run
        passed = (
            0 if run is None else len({code for (code, *_), one in run.scores.items() if run.passed(one)})
        )
        parts = [
            _("Practice"),
            seat.name if seat else "",
            _("difficulty: {level}", level=grade_word(self.grade)),
        ]
        if passed:
            parts.append(_("passed now: {n}", n=passed))
        return "  ".join(part for part in parts if part)

    def body(self) -> ComposeResult:
        """Filter, what is shown, the list, what stands behind the marked line."""
        yield FilterInput(id="practice-filter", max_length=60)
        yield Static(id="practice-shown", markup=False)
        with Horizontal(id="practice-body"):
            yield OptionList(id="practice-list", markup=False)
            yield Pane(id="practice-side", markup=False)
        yield Pane(id="practice-about", markup=False)

    def on_mount(self) -> None:
        """Reads the scenarios."""
        super().on_mount()
        self.query_one(OptionList).can_focus = False
        self.repaint()
        self.seat_changed()
        self.job(self._read())

    def seat_changed(self) -> None:
        """A call can be picked once the practice clinic's seat is taken."""
        if self.console_app.seat is not None:
            self._seated.set()

    async def _read(self) -> None:
        ground = await practice_play.ground(self.console_app)
        scenarios, faults = await self.console_app.work.read(ground.book.all)
        await self._seated.wait()
        self.scenarios, self.faults = {one.code: one for one in scenarios}, (*ground.faults, *faults)
        # A course of which a call is missing can't be passed.
        whole = tuple(one for one in ground.courses if self.scenarios.keys() >= set(one.scenarios))
        self.ground = ground = replace(ground, courses=whole)
        self.run = Run(used=set(ground.resting))
        self._keys = {key_of(one): turns.plain_keys(offer(one)) for one in (*scenarios, *ground.courses)}
        self._show()
        # Pinyin takes a third of a second the first time: the words are found by themselves until then.
        self._keys = await self.console_app.work.read(spelled, [*scenarios, *ground.courses])
        self._show()

    def repaint(self) -> None:
        """Another language, or back from a call."""
        if self.is_mounted:
            self.query_one("#practice-filter", Input).placeholder = _(
                "type a word, a procedure, pinyin or initials"
            )
            self._show()

    def on_resize(self) -> None:
        """Columns are fitted to the width."""
        super().on_resize()
        self.repaint()

    # -- the list --

    @property
    def marked(self) -> Scenario | Course | None:
        """What the cursor stands on; the first line where it stands on none."""
        at = self.query_one(OptionList).highlighted
        found = self._rows[at] if at is not None and at < len(self._rows) else None
        return found or next((row for row in self._rows if row is not None), None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows what is typed."""
        event.stop()
        self._show()

    def _show(self) -> None:
        if self.ground is None or self.run is None:
            self.query_one("#practice-shown", Static).update(ui_text(_("opening ..."), DIM))
            return
        typed = [names.fold(part) for part in self.query_one("#practice-filter", Input).value.split()]
        courses = [one for one in self.ground.courses if self.group in (None, COURSES)]
        courses = [one for one in courses if self._found(typed, one)]
        found = [one for one in self.scenarios.values() if self.group in (None, one.skill)]
        found = [one for one in found if self._found(typed, one)]
        rows: list[Scenario | Course | None] = []
        options: list[Option] = []
        width = self._width()
        if courses:
            rows.append(None)
            options.append(_heading(_("Courses"), width))
            for one in courses:
                rows.append(one)
                options.append(Option(ui_text(self._course_row(one, width)), id=f"course:{one.code}"))
        for skill in Skill:
            own = sorted((one for one in found if one.skill is skill), key=_order)
            if own:
                rows.append(None)
                options.append(_heading(skill_word(skill), width))
            for one in own:
                rows.append(one)
                options.append(Option(ui_text(self._row(one, width)), id=f"call:{one.code}"))
        listed, keep = self.query_one(OptionList), self._at
        listed.clear_options()
        listed.add_options(options or [Option(ui_text(_("Nothing has such a word.")), disabled=True)])
        self._rows = rows
        at = next((at for at, one in enumerate(options) if one.id == keep and keep), None)
        first = next((at for at, row in enumerate(rows) if row is not None), None)
        listed.highlighted = first if at is None else at
        shown = _(
            "{group} (tab)   {level} (f2)   calls: {n}",
            group=self._group_word(),
            level=grade_word(self.grade),
            n=len(found),
        )
        if self.faults:
            first = self.faults[0]
            words = f"{first.file} {first.message}"
            told = _("faults: {n}, {first}", n=len(self.faults), first=words)
            shown = cut(f"{shown}   {told}", self.size.width - 2)
        self.query_one("#practice-shown", Static).update(ui_text(shown, HEAD))
        self._about()
        self.repaint_lines()

    def _width(self) -> int:
        side = SIDE if self.size.width >= WIDE else 0
        return max(self.size.width - side - 3, 40)

    def _found(self, typed: Sequence[str], one: Scenario | Course) -> bool:
        known = self._keys.get(key_of(one), frozenset())
        return all(any(part in key for key in known) for part in typed)

    def _group_word(self) -> str:
        if self.group is None:
            return _("everything")
        return _("Courses") if self.group == COURSES else skill_word(Skill(self.group))

    def _row(self, one: Scenario, width: int) -> str:
        assert self.run is not None
        score = self.run.best(one.code, self.grade)
        got = (
            ""
            if score is None
            else f"{percent(score)}%{'' if not self.run.passed(score) else ' ' + p_('practice', 'ok')}"
        )
        tail = [fit(got, 7, "right")]
        if width >= 70:
            first = one.treatments[0] if one.treatments else None
            day = "" if first is None else post_op_words(first.day)
            tail = [fit("" if first is None else procedure_word(first.procedure), 15), fit(day, DAY), *tail]
        room = width - sum(len_ for len_ in _widths(tail)) - len(tail) - 1
        return " ".join([f" {fit(one.title.of(i18n.language()), room)}", *tail])

    def _course_row(self, one: Course, width: int) -> str:
        assert self.run is not None
        tail = _(
            "{level}  {n} of {of} passed",
            level=grade_word(one.grade),
            n=self.run.through(one),
            of=len(one.scenarios),
        )
        return f" {fit(one.title.of(i18n.language()), width - 30)} {fit(tail, 28, 'right')}"

    # -- about the marked line --

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The words below follow the cursor."""
        event.stop()
        if event.option_id is not None:
            self._at = event.option_id
        self._about()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click starts a call."""
        event.stop()
        self.action_start()

    def _about(self) -> None:
        self.query_one("#practice-side", Pane).show_lines(self._about_lines(True))
        self.query_one("#practice-about", Pane).show_lines(self._about_lines(False))

    def _about_lines(self, wide: bool) -> list[Line]:
        one, lang = self.marked, i18n.language()
        if one is None:
            return []
        if not isinstance(one, Scenario):
            return self._about_course(one, wide)
        who = one.persona
        what = [procedure_word(done.procedure) + " " + post_op_words(done.day) for done in one.treatments]
        spoken = _("spoken: Chinese") if who.language == "zh" else _("spoken: English")
        when = milestone_word(one.milestone) if one.milestone else _("she rings us")
        lines: list[Line] = [
            (one.title.of(lang), HEAD),
            (one.about.of(lang), ""),
            (_("Voice: {voice}", voice=who.voice.of(lang)), ""),
            ("  ".join((when, f"{one.clock:%H:%M}", spoken)), DIM),
        ]
        if wide:
            lines[2:2] = [(words, "") for words in what]
        lines += self._state_lines(one)
        return lines

    def _state_lines(self, one: Scenario) -> list[Line]:
        if self.run is None or self.ground is None:
            return []
        if self.grade is Grade.EXAM and (one.code, "") in self.run.used:
            return [(_("This exam was taken: there is one try."), WARN)]
        score = self.run.best(one.code, self.grade)
        if score is None:
            return []
        words = _("best now: {got} of {of}", got=score.score, of=score.of)
        return [(words, GOOD if self.run.passed(score) else WARN)]

    def _about_course(self, one: Course, wide: bool) -> list[Line]:
        assert self.run is not None
        lang = i18n.language()
        lines: list[Line] = [
            (one.about.of(lang), ""),
            (
                _(
                    "{level}, calls: {n}, each from {mark}%",
                    level=grade_word(one.grade),
                    n=len(one.scenarios),
                    mark=one.pass_percent,
                ),
                DIM,
            ),
        ]
        for code, score in zip(one.scenarios, self.run.of_course(one), strict=True):
            title = self.scenarios[code].title.of(lang) if code in self.scenarios else code
            got = "-" if score is None else f"{percent(score)}%"
            style = DIM if score is None else GOOD if self.run.passed(score, one) else WARN
            lines.append((cut(f"{fit(got, 5)} {title}", (SIDE - 3) if wide else self.size.width - 2), style))
        return lines if wide else lines[:2]

    # -- keys --

    def on_key(self, event: Key) -> None:
        """Arrows choose while the field keeps the focus."""
        listed = self.query_one(OptionList)
        page = max(listed.size.height - 1, 1)
        ways = {"down": 1, "up": -1, "pagedown": page, "pageup": -page}
        if event.key in ways:
            event.stop()
            self._move(listed, ways[event.key])

    def _move(self, listed: OptionList, way: int) -> None:
        """A line or a page on, never onto a heading; a single line goes round at the ends."""
        lines = [at for at, row in enumerate(self._rows) if row is not None]
        if lines:
            listed.highlighted = to = moved(lines, listed.highlighted, way)
            if to == lines[0]:
                # Its heading, too.
                listed.scroll_to(y=0, animate=False)

    def action_level(self) -> None:
        """Guided, normal, exam, and guided again."""
        self.grade = GRADES[(GRADES.index(self.grade) + 1) % len(GRADES)]
        self._show()

    def action_group(self, way: int) -> None:
        """The next group that has something."""
        at = GROUPS.index(self.group)
        for step in range(1, len(GROUPS) + 1):
            group = GROUPS[(at + way * step) % len(GROUPS)]
            if group is None or self._has(group):
                self.group = group
                break
        self._at = ""
        self._show()

    def _has(self, group: Group) -> bool:
        if group == COURSES:
            return self.ground is not None and bool(self.ground.courses)
        return any(one.skill == group for one in self.scenarios.values())

    def action_clear(self) -> None:
        """Empties the field, then shows every group again, then asks whether to leave."""
        field = self.query_one("#practice-filter", Input)
        if field.value:
            field.value = ""
        elif self.group is not None:
            self.group = None
            self._show()
        else:
            self.app.call_later(self.app.run_action, "quit", self.app)

    def action_start(self) -> None:
        """Plays the marked call, or the next call of the marked course."""
        one = self.marked
        if one is None or self.run is None or self.starting:
            self.app.bell()
            return
        if isinstance(one, Scenario):
            self.job(practice_play.start(self, Pick(one, self.grade)))
        else:
            self.job(practice_play.start_course(self, one))


def _heading(words: str, width: int) -> Option:
    return Option(ui_text(cut(f"- {words} ", width), DIM), disabled=True)


def _widths(parts: Sequence[str]) -> list[int]:
    from console.text import cells

    return [cells(part) for part in parts]


def _order(one: Scenario) -> tuple[int, str]:
    return GRADES.index(one.grade), one.code
