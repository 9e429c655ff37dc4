"""Calls: opened, dialled, answered, kept, saved, put right. One job's verbs together."""

from __future__ import annotations

from console.desk.amending import amend as amend
from console.desk.dialling import close_number as close_number
from console.desk.dialling import end_dial as end_dial
from console.desk.dialling import start_dial as start_dial
from console.desk.incoming import candidates as incoming
from console.desk.incoming import number_told as number_told
from console.desk.incoming import take as take_incoming
from console.desk.keeping import discard as discard
from console.desk.keeping import file_late as file_late
from console.desk.keeping import keep_draft as keep_draft
from console.desk.keeping import my_drafts as my_drafts
from console.desk.keeping import resume as resume
from console.desk.other_channels import begin as begin_other
from console.desk.other_channels import note as note_other
from console.desk.other_channels import settleable as settleable
from console.desk.other_channels import way_of as way_of
from console.desk.saving import check as check
from console.desk.saving import save as save
from console.desk.sheet import open_call as open_call

__all__ = [
    "amend",
    "begin_other",
    "check",
    "close_number",
    "discard",
    "end_dial",
    "file_late",
    "incoming",
    "keep_draft",
    "my_drafts",
    "note_other",
    "number_told",
    "open_call",
    "resume",
    "save",
    "settleable",
    "start_dial",
    "take_incoming",
    "way_of",
]
