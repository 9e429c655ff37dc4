"""What is different in a call that is no telephone call: how it begins, what stands in its top line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from console import i18n
from console.desk import person
from console.desk.conversing import main_treatment
from console.desk.judging import as_track
from console.scripts.library import Library
from console.scripts.records import FlowView
from console.scripts.select import select_flow
from db.enums import Channel
from db.records import CallSheet, Claim, Reason

OPENINGS: Final[Mapping[Channel, str]] = {
    Channel.WECOM: "in_writing",
    Channel.SMS: "in_writing",
    Channel.EMAIL: "in_writing",
    Channel.FACE_TO_FACE: "in_person",
}
"""The flow that a talk of this kind begins with."""
OF_A_CALL: Final = ("not_doctor", "doctor")
"""Conditions of the lines a planned call begins with; what begins otherwise has a matter of its own to name."""
DIALLED: Final = (Channel.PHONE, Channel.SMS)
"""Channels whose number is shown."""


def way_words(channel: Channel) -> str:
    """A channel, in the language of the screen."""
    return i18n.reason_text(i18n.language(), Reason(f"channel_{channel.value}"))


def in_its_way(
    flow: FlowView, library: Library, sheet: CallSheet, claim: Claim, role: str, channel: Channel
) -> FlowView:
    """A flow that begins as its channel asks for; the questions stay.

    Args:
        flow: of the planned call. library: the release; one without such openings leaves the flow as it is.
        sheet, claim: the contact. role: of the caller. channel: how they talk.
    """
    code = OPENINGS.get(channel)
    at = next((n for n, step in enumerate(flow.steps) if step.kind == "opening"), None)
    if code is None or at is None or code not in library.names("flows"):
        return flow
    if flow.steps[at].when not in OF_A_CALL:
        return flow
    treatment = main_treatment(sheet, claim)
    track = None if treatment is None else as_track(treatment)
    opening = select_flow(library, track, code, role, person.of_sheet(sheet)).steps
    rest = tuple(step for step in flow.steps[at:] if step.kind != "opening")
    return replace(flow, steps=(*flow.steps[:at], *opening, *rest))
