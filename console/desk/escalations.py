"""Escalations: raised by a caller, seen on every seat, worked on the board. One job's verbs together."""

from __future__ import annotations

from console.desk.board import board as board
from console.desk.board import board_of as board_of
from console.desk.board import contact_flags as contact_flags
from console.desk.board import listed as listed
from console.desk.board import live_alarms as live_alarms
from console.desk.board import on_call as on_call
from console.desk.board import refused as refused
from console.desk.case_view import colleagues as colleagues
from console.desk.case_view import look_again as look_again
from console.desk.case_view import open_escalation as open_escalation
from console.desk.casework import CLAVIEN_DINDO as CLAVIEN_DINDO
from console.desk.casework import acknowledge as acknowledge
from console.desk.casework import answered as answered
from console.desk.casework import assign as assign
from console.desk.casework import contacted as contacted
from console.desk.casework import lower_level as lower_level
from console.desk.casework import note as note
from console.desk.casework import raise_level as raise_level
from console.desk.casework import resolve as resolve
from console.desk.flagging import correct_mis_key as correct_mis_key
from console.desk.flagging import locate as locate
from console.desk.flagging import may_be_told as may_be_told
from console.desk.flagging import phoning as phoning
from console.desk.flagging import told as told
from console.desk.raising import call_now as call_now
from console.desk.raising import line_dropped as line_dropped
from console.desk.raising import raise_flag as raise_flag
from console.desk.service_course import set_severity as set_severity
from console.desk.service_intake import hand_over as hand_over
