"""The staff, for a lead: who works here, in which roles and languages; first PINs, shown once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from console.i18n import _, p_
from console.screens.form import FormDialog, many_of, text_of
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import fit, toast, ui_text
from console.widgets.call_panes import DIM
from console.widgets.dialogs import Confirm, Read
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import LANGUAGES
from console.widgets.row_list import RowList
from console.words import ROLES, role_word
from db.enums import Role

if TYPE_CHECKING:
    from console.desk.staff import NewPin
    from console.desk.staff_values import StaffMember

YES, NO = "yes", "no"


class StaffScreen(Frame):
    """One line a person. Only a lead comes here; the desk refuses anybody else."""

    SCOPE: ClassVar[str] = "staff"
    CSS_PATH = "rows.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._people: tuple[StaffMember, ...] = ()
        self._retired = False
        self._reread = Rereading(self, self._read)

    def headline(self) -> str:
        """How many, and how many are here."""
        here = sum(1 for one in self._people if one.on_duty)
        return _("Staff: {n}, on duty {m}", n=len(self._people), m=here)

    def body(self) -> ComposeResult:
        """Heading and lines."""
        yield Static(id="rows-heading", markup=False)
        yield RowList(id="rows")

    def on_mount(self) -> None:
        """Reads the list."""
        self._read_again()

    def record_changed(self) -> None:
        """Somebody signed in or out."""
        self._read_again()

    def _read_again(self) -> None:
        self._reread.wish()

    async def _read(self) -> None:
        from console.desk import staff

        app = self.console_app
        if app.seat is not None:
            self._people = await app.work.read(staff.list_staff, app.seat, retired=self._retired)
            self.repaint()

    def repaint(self) -> None:
        """The lines in the language of the moment."""
        heading = (
            fit(_("login"), 12)
            + fit(_("name"), 14)
            + fit(_("state"), 12)
            + fit(_("languages"), 12)
            + _("roles")
        )
        self.query_one("#rows-heading", Static).update(ui_text(heading))
        self.query_one(RowList).show_rows([(one.id, self._line(one), _style(one)) for one in self._people])
        self.repaint_lines()

    def _line(self, one: StaffMember) -> str:
        if one.retired_at is not None:
            state = p_("staff", "gone")
        elif one.locked_until is not None and one.locked_until > self.console_app.clock.now():
            state = p_("staff", "PIN locked")
        elif one.must_change_pin:
            state = p_("staff", "first PIN")
        else:
            state = p_("staff", "on duty") if one.on_duty else p_("staff", "off duty")
        languages = "/".join(p_("language", LANGUAGES[language]) for language in one.languages)
        roles = " ".join(role_word(role) for role in one.roles)
        extra = "  ".join(
            part for part in (p_("staff", "sees intimate") if one.restricted_ok else "", one.phone) if part
        )
        return (
            fit(one.login, 11)
            + " "
            + fit(one.name, 13)
            + " "
            + fit(state, 11)
            + " "
            + fit(languages, 11)
            + " "
            + "  ".join(part for part in (roles, extra) if part)
        )

    def _current(self) -> StaffMember | None:
        row = self.query_one(RowList).current
        return next((one for one in self._people if one.id == row), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is done to somebody who is gone."""
        if action in ("edit", "reset_pin", "retire"):
            one = self._current()
            return one is not None and one.retired_at is None
        return super().check_action(action, parameters)

    def on_option_list_option_highlighted(self) -> None:
        """Other keys may be possible."""
        self.repaint_lines()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter changes the person."""
        event.stop()
        if self.check_action("edit", ()):
            self.action_edit()

    # -- doing ---------------------------------------------------------------------------------

    def _fields(self, one: StaffMember | None) -> list[Field]:
        languages = tuple((code, p_("language", words)) for code, words in LANGUAGES.items())
        roles = tuple((str(role), role_word(role)) for role in ROLES)
        yes_no = ((NO, p_("choice", "no")), (YES, p_("choice", "yes")))
        fields = [] if one else [Field("login", _("login"), hint=_("short, such as limin"), limit=40)]
        return [
            *fields,
            Field("name", _("name"), value=one.name if one else "", limit=100),
            Field("roles", _("roles"), "many", one.roles if one else (str(Role.CALLER),), roles),
            Field("languages", _("languages"), "many", one.languages if one else ("zh",), languages),
            Field("phone", _("own phone"), value=(one.phone or "") if one else "", limit=40),
            Field("restricted", _("sees intimate"), "one", YES if one and one.restricted_ok else NO, yes_no),
        ]

    def action_add(self) -> None:
        """Adds a person."""
        self.job(self._add())

    async def _add(self) -> None:
        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import staff

            app = self.console_app
            assert app.seat is not None
            return await app.work.write(
                staff.add_staff,
                app.seat,
                text_of(values, "login"),
                text_of(values, "name"),
                many_of(values, "roles"),
                many_of(values, "languages"),
                app.clock.now(),
                restricted_ok=text_of(values, "restricted") == YES,
                phone=text_of(values, "phone"),
            )

        about = _("Space or a digit takes a role or drops it; the first one is taken at sign-in.")
        window = FormDialog(_("New colleague"), self._fields(None), do, about=about)
        made: NewPin | None = await self.app.push_screen_wait(window)
        if made is not None:
            await self._show_pin(made)

    async def _show_pin(self, made: NewPin) -> None:
        self._read_again()
        await self.app.push_screen_wait(
            Read(
                _("First PIN of {name}", name=made.member.name),
                [
                    f"{made.member.login}    {made.pin}",
                    "",
                    _("It is shown this once. Tell it in person; it is changed at the first sign-in."),
                ],
            )
        )

    def action_edit(self) -> None:
        """Changes a person."""
        one = self._current()
        if one is not None:
            self.job(self._edit(one))

    async def _edit(self, one: StaffMember) -> None:
        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import staff

            app = self.console_app
            assert app.seat is not None
            return await app.work.write(
                staff.set_staff,
                app.seat,
                one.login,
                app.clock.now(),
                name=text_of(values, "name"),
                roles=many_of(values, "roles"),
                languages=many_of(values, "languages"),
                restricted_ok=text_of(values, "restricted") == YES,
                phone=text_of(values, "phone"),
            )

        about = _("Space or a digit takes a role or drops it; the first one is taken at sign-in.")
        window = FormDialog(one.login, self._fields(one), do, about=about)
        changed: StaffMember | None = await self.app.push_screen_wait(window)
        if changed is not None:
            self._read_again()
            toast(self.app, await self._open(one, changed) or _("Saved."))

    async def _open(self, before: StaffMember, after: StaffMember) -> str:
        """What somebody who was a trainee has not passed in practice; empty when that is nothing."""
        from console.readiness import hint as readiness_hint

        app = self.console_app
        if app.seat is None:
            return ""
        return await app.work.read(readiness_hint.hint, app.seat, before.roles, after, app.clock.now())

    def action_reset_pin(self) -> None:
        """Gives a new first PIN."""
        one = self._current()
        if one is not None:
            self.job(self._reset_pin(one))

    async def _reset_pin(self, one: StaffMember) -> None:
        from console.desk import staff

        app = self.console_app
        sure = await app.push_screen_wait(
            Confirm(_("A new first PIN for {name}? The old one ends now.", name=one.name), _("new PIN"))
        )
        if sure and app.seat is not None:
            await self._show_pin(await app.work.write(staff.reset_pin, app.seat, one.login, app.clock.now()))

    def action_retire(self) -> None:
        """Lets a person go."""
        one = self._current()
        if one is not None:
            self.job(self._retire(one))

    async def _retire(self, one: StaffMember) -> None:
        from console.desk import staff

        app = self.console_app
        question = _("{name} leaves? No sign-in any more; what was written stays.", name=one.name)
        if await app.push_screen_wait(Confirm(question, _("let go"))) and app.seat is not None:
            await app.work.write(staff.retire, app.seat, one.login, app.clock.now())
            toast(app, _("Saved."))
            self._read_again()

    def action_show_retired(self) -> None:
        """Shows or hides people who are gone."""
        self._retired = not self._retired
        self._read_again()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)


def _style(one: StaffMember) -> str:
    return DIM if one.retired_at is not None or not one.on_duty else ""
