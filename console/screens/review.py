"""One review of a real call: what the record says of the call, its score, and what the caller answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from console import i18n
from console import quality_words as words
from console.i18n import _
from console.screens.form import FormDialog, text_of
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import toast, ui_text
from console.widgets import scrolling
from console.widgets.dialogs import Confirm, Read
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import outcome_word
from console.words import level_word
from db.enums import ReviewStatus, Role

if TYPE_CHECKING:
    from console.desk.quality import Review
    from console.desk.quality_view import Opened, TimedAnswer


class ReviewScreen(Frame):
    """The page of one review; a lead scores and closes, the caller answers once.

    Args:
        review_id: which.
    """

    SCOPE: ClassVar[str] = "review"
    CSS_PATH = "quality.tcss"
    AUTO_FOCUS = ""

    def __init__(self, review_id: int) -> None:
        super().__init__()
        self._id = review_id
        self._opened: Opened | None = None
        self._again = Rereading(self, self._look)

    @property
    def _lead(self) -> bool:
        seat = self.console_app.seat
        return seat is not None and seat.role is Role.LEAD

    @property
    def _mine(self) -> bool:
        seat, found = self.console_app.seat, self._opened
        return seat is not None and found is not None and found.review.staff_id == seat.staff_id

    def headline(self) -> str:
        """Whose call."""
        found = self._opened
        return _("Review") if found is None else f"{_('Review')}  {words.who(found.review)}"

    def body(self) -> ComposeResult:
        """The page."""
        with VerticalScroll(id="review-scroll", can_focus=False):
            yield Static(id="review-text", markup=False)

    def on_mount(self) -> None:
        """Reads the call, which is audited: once when opened, and after what is done here."""
        self.job(self._read())

    def seat_changed(self) -> None:
        """Another person or role may see less: nothing stays on the page, and it is opened anew."""
        self._opened = None
        self.repaint()
        if self.console_app.seat is not None:
            self.job(self._read())

    def record_changed(self) -> None:
        """Another seat may have scored, answered or ended it."""
        if self._opened is not None:
            self._again.wish()

    async def _look(self) -> None:
        """Opens the page anew where the review is no longer what it shows; an audit row only then."""
        from console.desk import quality

        app, shown = self.console_app, self._opened
        if app.seat is None or shown is None:
            return
        one = await app.work.read(quality.standing, app.seat, self._id, app.clock.now())
        was = shown.review
        if one is None or (one.version, one.answered_at, one.status) != (
            was.version,
            was.answered_at,
            was.status,
        ):
            await self._read()

    async def _read(self) -> None:
        from console.desk import quality_view

        app = self.console_app
        if app.seat is not None:
            self._opened = await app.work.write(quality_view.opened, app.seat, self._id, app.clock.now())
            self.repaint()

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted:
            return
        found = self._opened
        lines = [_("Reading ...")] if found is None else self._lines(found)
        self.query_one("#review-text", Static).update(ui_text("\n".join(lines)))
        self.repaint_lines()

    def _lines(self, found: Opened) -> list[str]:
        one = found.review
        at = f"{self.local(one.at):%m-%d %H:%M}"
        lines = [
            _(
                "{at}  {who}  {n} seconds  {how}",
                at=at,
                who=one.staff,
                n=one.seconds,
                how=outcome_word(one.outcome),
            ),
            _("drawn for: {rules}", rules=words.rules_words(one.drawn_for)),
            *self._score_lines(one, found.scenarios),
        ]
        for version in found.versions[:-1]:
            lines.append(
                _(
                    "before: {points} by {who}; amended: {why}",
                    points=words.points(version.score, version.of),
                    who=version.reviewer,
                    why=found.versions[version.number].reason,
                )
            )
            if version.note:
                lines.append(_("    said then: {text}", text=version.note))
        if one.answer:
            lines.append(_("{who} answered: {text}", who=one.staff, text=one.answer))
        lines.append("")
        if found.hidden:
            return [
                *lines,
                _("The call is about an intimate procedure; only somebody authorised may read it."),
            ]
        lines += [found.summary, *([found.note] if found.note else []), ""]
        if found.raised:
            lang = i18n.language()
            lines.append(_("HANDED OVER"))
            for case in found.raised:
                told = case.told_who or _("nobody told")
                wrong = f"  {_('said to be a wrong key')}" if case.mis_keyed else ""
                level = "" if case.level is None else level_word(case.level)
                lines.append(f"  {level}  {i18n.listed(case.words[lang])}  {told}{wrong}")
            lines.append("")
        lines.append(_("ANSWERS, WITH THE SECONDS BEFORE EACH"))
        return lines + [self._answer(answer) for answer in found.answers]

    def _score_lines(self, one: Review, scenarios: Mapping[str, Mapping[str, str]]) -> list[str]:
        if not one.version:
            return [words.status_word(one.status)]
        lost = [
            f"{words.item_word(code)} {got}/{most}"
            for code, (got, most) in _points(one).items()
            if got is not None and got < most
        ]
        head = f"{words.status_word(one.status)}  {words.points(one.score, one.of)}  {one.reviewer}"
        lines = [head]
        if one.fails:
            lines.append(
                _("makes it 0: {items}", items=i18n.listed(words.item_word(code) for code in one.fails))
            )
        if lost:
            lines.append(_("points lost: {items}", items=i18n.listed(lost)))
        if one.note:
            lines.append(f"{one.reviewer}: {one.note}")
        if one.training:
            lang = i18n.language()
            titles = (
                scenarios[code][lang] if code in scenarios else words.item_word(code) for code in one.training
            )
            tags = i18n.listed(titles)
            lines.append(_("to practise (p in the queue): {items}", items=tags))
        return lines

    def _answer(self, one: TimedAnswer) -> str:
        mark = f"  {_('faster than reading')}" if one.fast else ""
        if one.taken_back is not None:
            mark = f"  {_('taken back: {why}', why=one.taken_back or '-')}"
        group = f"  {_('heard among others')}" if one.grouped else ""
        return f"{one.after_s:6.1f}  {one.question} {one.answer}{mark}{group}"

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that does nothing here is not offered."""
        found = self._opened
        if action in ("score", "close", "answer", "improve", "track"):
            if found is None:
                return False
            one = found.review
            live = one.status not in (ReviewStatus.CLOSED, ReviewStatus.LAPSED)
            return {
                "score": self._lead and not self._mine and live,
                "close": self._lead and not self._mine and live and one.version > 0,
                "answer": self._mine and one.version > 0 and one.answered_at is None and live,
                "improve": self._lead,
                "track": not found.hidden,
            }[action]
        return super().check_action(action, parameters)

    def action_score(self) -> None:
        """Item by item."""
        self.job(self._score())

    async def _score(self) -> None:
        from console.screens import quality_windows

        found = self._opened
        if found is None or not self.check_action("score", ()):
            return
        known = {code: _mark(got, most) for code, (got, most) in _points(found.review).items()}
        if await quality_windows.score(self, found.review, known):
            toast(self.app, _("Scored."))
            await self._read()

    def action_answer(self) -> None:
        """What the caller says of it."""
        self.job(self._answer_it())

    async def _answer_it(self) -> None:
        app = self.console_app

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import quality

            assert app.seat is not None
            said = text_of(values, "answer")
            return await app.work.write(quality.answer, app.seat, self._id, said, app.clock.now())

        fields = [Field("answer", _("your answer"), "long", limit=2000)]
        about = _("Each review is answered once; your lead reads it.")
        if await self.app.push_screen_wait(FormDialog(_("Answer"), fields, do, about=about)) is not None:
            toast(app, _("Saved."))
            await self._read()

    def action_close(self) -> None:
        """The review is over."""
        self.job(self._close())

    async def _close(self) -> None:
        from console.desk import quality

        app = self.console_app
        await self._look()
        found = self._opened
        if found is None or app.seat is None or not self.check_action("close", ()):
            return
        answered = found.review.answered_at is not None
        question = _("Close this review?")
        if not answered:
            question = _("The caller has not answered yet.") + "\n" + question
        if await self.app.push_screen_wait(Confirm(question, _("end the review"))):
            try:
                await app.work.write(quality.close, app.seat, found.review, app.clock.now())
            finally:
                # Also when it was refused because of what a colleague did meanwhile.
                await self._read()

    def action_improve(self) -> None:
        """Something to improve that came out of it."""
        self.job(self._improve())

    async def _improve(self) -> None:
        from console.screens import quality_windows

        await quality_windows.improve(self, self._id)

    def action_card(self) -> None:
        """What is scored."""
        from console.scripts import scorecard

        lang = i18n.language()
        lines = [f"{one.title.of(lang)} {one.points}: {one.text.of(lang)}" for one in words.judged()]
        lines += ["", _("Makes the score 0:"), *(one.title.of(lang) for one in scorecard.shipped().fails)]
        self.app.push_screen(Read(_("Scorecard"), lines))

    def action_track(self) -> None:
        """The talk-track as it was read."""
        from console.widgets.reading_lines import TrackWindow, reading_lines

        if self._opened is not None:
            lines = reading_lines(self._opened.read)
            self.app.push_screen(TrackWindow(_("Talk-track as it was read"), lines))

    def action_scroll(self, way: int) -> None:
        """A line up or down."""
        scrolling.by_lines(self.query_one(VerticalScroll), way)

    def action_page(self, way: int) -> None:
        """A page up or down."""
        scrolling.by_pages(self.query_one(VerticalScroll), way)

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss(None)


def _points(one: Review) -> dict[str, tuple[int | None, int]]:
    """Points and most points of each scored item, in the card's order."""
    return {
        item.code: (one.points[item.code], item.points) for item in words.judged() if item.code in one.points
    }


def _mark(got: int | None, most: int) -> str:
    if got is None:
        return "not_applicable"
    return "full" if got == most else "none" if got == 0 else "part"
