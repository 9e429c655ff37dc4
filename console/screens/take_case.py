"""Taking a complaint or a request down without a call: somebody at the desk, a letter, an incoming message."""

from __future__ import annotations

from console.i18n import _
from console.screens.frame import Frame
from console.text import toast
from console.widgets.dialogs import Choose
from db.enums import Role
from db.records import Claim

COMPLAINT, REQUEST = "complaint", "request"


class TakesCases(Frame):
    """A screen from which a complaint or a request is taken down."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Anybody who works here may; a trainee only practises."""
        if action == "take_case":
            seat = self.console_app.seat
            return seat is not None and seat.role is not Role.TRAINEE
        return super().check_action(action, parameters)

    def action_take_case(self) -> None:
        """Takes down what came in without a call."""
        self.job(begin(self))

    def taken_down(self, number: int) -> None:
        """A case that was taken down here. Args: its id."""


async def begin(screen: Frame) -> None:
    """Asks what came in and from whom, takes it down, and opens the case.

    Args:
        screen: the screen in front.
    """
    from console.screens.find import FindPatient

    kinds = [
        ((COMPLAINT, True), _("A complaint, of somebody on file")),
        ((REQUEST, True), _("A request, of somebody on file")),
        ((COMPLAINT, False), _("A complaint, of nobody on file")),
        ((REQUEST, False), _("A request, of nobody on file")),
    ]
    chosen = await screen.app.push_screen_wait(Choose(_("What came in?"), kinds))
    if chosen is None:
        return
    what, known = chosen
    patient_id: int | None = None
    if known:
        found = await screen.app.push_screen_wait(FindPatient(_("Who is it from?")))
        if found is None:
            return
        patient_id = found.patient_id
    await take(screen, what, patient_id)


async def of_patient(screen: Frame, patient_id: int) -> None:
    """Asks which of the two, of a person whose page is open.

    Args:
        screen: the page. patient_id: whose.
    """
    kinds = [(COMPLAINT, _("A complaint")), (REQUEST, _("A request"))]
    what = await screen.app.push_screen_wait(Choose(_("What came in?"), kinds))
    if what is not None:
        await take(screen, what, patient_id)


async def take(screen: Frame, what: str, patient_id: int | None, claim: Claim | None = None) -> int | None:
    """Opens the form, and then the case.

    Args:
        screen: the screen in front.
        what: COMPLAINT or REQUEST. patient_id: whose; None for nobody on file.
        claim: the call it was heard in; then the call stays in front.

    Returns:
        The case's id; None when it was left.
    """
    from console.desk import complaints
    from console.screens.complaint_form import ComplaintFormScreen, IntakeScreen
    from console.screens.request_form import RequestFormScreen

    app = screen.console_app
    if app.seat is None:
        return None
    whose = patient_id if claim is None else claim.patient_id
    whom = "" if whose is None else await app.work.read(complaints.whom, app.seat, whose)
    if what == COMPLAINT:
        people = await app.work.read(complaints.staff_names, app.seat)
        form: IntakeScreen = ComplaintFormScreen(patient_id, claim, people)
    else:
        form = RequestFormScreen(patient_id, claim)
    form.whom = whom
    number = await app.push_screen_wait(form)
    if number is None:
        return None
    if claim is None:
        if isinstance(screen, TakesCases):
            screen.taken_down(number)
        screen.console_app.open_escalation(number)
    else:
        toast(screen.app, _("Handed to the lead's board."))
    return number
