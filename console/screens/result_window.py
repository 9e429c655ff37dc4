"""The result of an operation over time in a window, from a case or from a patient's page."""

from __future__ import annotations

from console.i18n import _
from console.screens.frame import Frame
from console.widgets.reading_lines import TrackWindow


async def show_result(screen: Frame, patient_id: int, escalation_id: int | None) -> None:
    """Opens the result over time.

    Args:
        screen: the page in front.
        patient_id: whose. escalation_id: the case it is opened from, whose operation is meant; None for the newest.
    """
    from console.desk import results
    from console.widgets.result_lines import result_lines

    app = screen.console_app
    if app.seat is not None:
        found = await app.work.write(results.over_time, app.seat, patient_id, escalation_id, app.clock.now())
        app.push_screen(TrackWindow(_("Result over time"), result_lines(found)))
