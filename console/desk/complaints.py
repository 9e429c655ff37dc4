"""Complaints and service requests: taken down, worked, told back, closed. One job's verbs together."""

from __future__ import annotations

from console.desk.service_course import classify as classify
from console.desk.service_course import confirm as confirm
from console.desk.service_course import investigate as investigate
from console.desk.service_course import pause as pause
from console.desk.service_course import reply as reply
from console.desk.service_course import resume as resume
from console.desk.service_course import set_severity as set_severity
from console.desk.service_course import solve as solve
from console.desk.service_extra import ask_records as ask_records
from console.desk.service_extra import ask_refund as ask_refund
from console.desk.service_extra import event_told as event_told
from console.desk.service_extra import name_channel as name_channel
from console.desk.service_extra import progress as progress
from console.desk.service_extra import promise as promise
from console.desk.service_extra import records_done as records_done
from console.desk.service_extra import role_told as role_told
from console.desk.service_extra import roles_of as roles_of
from console.desk.service_extra import tell_right as tell_right
from console.desk.service_intake import hand_over as hand_over
from console.desk.service_intake import take_complaint as take_complaint
from console.desk.service_intake import take_request as take_request
from console.desk.service_loop import answer as answer
from console.desk.service_loop import close as close
from console.desk.service_loop import no_satisfaction as no_satisfaction
from console.desk.service_loop import reopen as reopen
from console.desk.service_loop import satisfied as satisfied
from console.desk.service_loop import tell_back as tell_back
from console.desk.service_remedy import decide_refund as decide_refund
from console.desk.service_remedy import decide_remedy as decide_remedy
from console.desk.service_remedy import deciders as deciders
from console.desk.service_remedy import propose_remedy as propose_remedy
from console.desk.service_remedy import refuse_refund as refuse_refund
from console.desk.service_remedy import withdraw_remedy as withdraw_remedy
from console.desk.service_view import open_case as open_case
from console.desk.service_view import staff_names as staff_names
from console.desk.service_view import whom as whom
