"""The way from the queue to practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import practising
from console.i18n import _
from console.screens.frame import Frame
from console.screens.queue_filter import key_of
from db.enums import Role

if TYPE_CHECKING:
    from console.desk.seat import Seat


class GoesToPractice(Frame):
    """A screen from which a seat is left for practice."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whoever sits here may practise."""
        if action == "practice":
            return self.console_app.seat is not None
        return super().check_action(action, parameters)

    def action_practice(self) -> None:
        """Leaves the seat to practise; says in one sentence why not."""
        self.job(practising.practise(self.console_app))


def is_trainee(seat: Seat | None) -> bool:
    """Whether somebody sits here who takes no calls."""
    return seat is not None and seat.role is Role.TRAINEE


def trainee_words(seat: Seat | None) -> str:
    """What stands where a queue would be, for somebody who practises and is offered nobody; else empty."""
    if seat is None or seat.role is not Role.TRAINEE:
        return ""
    return _(
        "You practise for now, and nobody is offered to you: {key} opens practice.",
        key=key_of("queue.practice"),
    )
