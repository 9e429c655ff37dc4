"""What a console does by itself every so often: looks for what others committed, keeps the clinic's clocks moving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import coming_and_going

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from console.host import Host


async def look(app: Host) -> None:
    """Looks whether somebody committed, and reads alarms anew when that was so or time passed."""
    try:
        changed = await app.work.read(app.lookout.changed)
        if app.seat is not None and (changed or app.lookout.stale()):
            await app.look_now()
        elif app.seat is None and app.lookout.first is not None and app.lookout.stale():
            clinic_id = app.lookout.first.clinic_id
            await app.work.read(app.lookout.look_at_watch, clinic_id, app.clock.now())
            app.show_notices()
        if changed:
            app.record_signal.publish(None)
    except Exception as error:
        app.lookout.failed(error)
        app.show_notices()


async def tick(app: Host, seat: Seat) -> None:
    """Moves the clinic's clocks, counts as a watcher, and takes up what changed about the person at the seat.

    Args:
        app: the console. seat: who sat there when the tick began.
    """
    from console.desk import present, staff
    from console.desk import tick as ticks

    app.clock = await app.work.read(present.anchored, app.database, app.clock)
    await app.work.write(ticks.tick, app.database, seat.clinic_id, app.clock.now())
    if not await app.work.write(staff.seen, seat, app.clock.now()):
        # A call on the line is first brought to its end; nothing new can be taken.
        if app.seat is seat and not app.in_call:
            await coming_and_going.put_out(app)
        return
    fresh = await app.work.read(staff.refreshed, seat)
    if app.seat is seat and fresh is not seat:
        app.seat = fresh
