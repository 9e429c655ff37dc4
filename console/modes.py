"""Where each screen is; it is imported when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def _queue() -> Screen[Any]:
    from console.screens.queue import QueueScreen

    return QueueScreen()


def _board() -> Screen[Any]:
    from console.screens.board import BoardScreen

    return BoardScreen()


def _practice() -> Screen[Any]:
    from console.screens.practice import PracticeScreen

    return PracticeScreen()


def patient(patient_id: int) -> Screen[Any]:
    """The page of a patient."""
    from console.screens.patient import PatientScreen

    return PatientScreen(patient_id)


def escalation(escalation_id: int) -> Screen[Any]:
    """The page of an escalation."""
    from console.screens.escalation import EscalationScreen

    return EscalationScreen(escalation_id)


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "queue": _queue,
    "board": _board,
    "practice": _practice,
}
"""Name of a mode and what makes its screen."""
