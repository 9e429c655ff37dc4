-- columns
alembic_version.version_num character varying(32) NOT NULL
answer.id bigint NOT NULL DEFAULT nextval('answer_id_seq'::regclass)
answer.clinic_id bigint NOT NULL
answer.contact_id bigint NOT NULL
answer.call_id bigint
answer.treatment_id bigint
answer.concern text
answer.question text NOT NULL
answer.value text NOT NULL
answer.number double precision
answer.asked_in_group boolean NOT NULL DEFAULT false
answer.at bigint NOT NULL
answer.superseded_at bigint
answer.correction_reason text
appointment.id bigint NOT NULL DEFAULT nextval('appointment_id_seq'::regclass)
appointment.clinic_id bigint NOT NULL
appointment.patient_id bigint NOT NULL
appointment.treatment_id bigint
appointment.kind text NOT NULL
appointment.at bigint NOT NULL
appointment.status text NOT NULL
appointment.created_at bigint NOT NULL
appointment.photo_taken boolean NOT NULL DEFAULT false
appointment.series_id bigint
appointment.note text
attempt.id bigint NOT NULL DEFAULT nextval('attempt_id_seq'::regclass)
attempt.clinic_id bigint NOT NULL
attempt.contact_id bigint NOT NULL
attempt.patient_id bigint
attempt.item_id bigint
attempt.phone_id bigint
attempt.channel text NOT NULL
attempt.result text
attempt.counted boolean NOT NULL DEFAULT false
attempt.at bigint NOT NULL
attempt.staff_id bigint NOT NULL
audit.id bigint NOT NULL DEFAULT nextval('audit_id_seq'::regclass)
audit.clinic_id bigint NOT NULL
audit.at bigint NOT NULL
audit.staff_id bigint
audit.seat_id bigint
audit.action text NOT NULL
audit.subject_kind text NOT NULL
audit.subject_id bigint
audit.fields text NOT NULL DEFAULT '[]'::text
audit.digests text NOT NULL DEFAULT '[]'::text
audit_seal.id bigint NOT NULL DEFAULT nextval('audit_seal_id_seq'::regclass)
audit_seal.clinic_id bigint NOT NULL
audit_seal.from_id bigint NOT NULL
audit_seal.to_id bigint NOT NULL
audit_seal.rows integer NOT NULL
audit_seal.mac text NOT NULL
audit_seal.previous_mac text NOT NULL
audit_seal.at bigint NOT NULL
call.id bigint NOT NULL DEFAULT nextval('call_id_seq'::regclass)
call.clinic_id bigint NOT NULL
call.contact_id bigint NOT NULL
call.patient_id bigint
call.item_id bigint
call.direction text NOT NULL
call.outcome text NOT NULL
call.started_at bigint NOT NULL
call.ended_at bigint NOT NULL
call.spoke_to text NOT NULL
call.identity_method text
call.language text NOT NULL
call.release_hash text
call.track_code text
call.track_version integer
call.recovery text
call.pain integer
call.satisfaction text
call.summary text NOT NULL DEFAULT ''::text
call.note text NOT NULL DEFAULT ''::text
call.next_step text
call.amends_call_id bigint
call.place text
call.companion text
call.staff_id bigint NOT NULL
call.late_draft boolean NOT NULL DEFAULT false
call.saved_at bigint NOT NULL
call_review.id bigint NOT NULL DEFAULT nextval('call_review_id_seq'::regclass)
call_review.clinic_id bigint NOT NULL
call_review.day date NOT NULL
call_review.call_id bigint NOT NULL
call_review.staff_id bigint NOT NULL
call_review.drawn_for text NOT NULL DEFAULT '[]'::text
call_review.drawn_at bigint NOT NULL
call_review.lapses_at bigint NOT NULL
call_review.status text NOT NULL
call_review.version integer NOT NULL DEFAULT 0
call_review.caller_seen_at bigint
call_review.caller_answer text NOT NULL DEFAULT ''::text
call_review.answered_at bigint
call_review.answered_version integer NOT NULL DEFAULT 0
call_review.closed_by bigint
call_review.closed_at bigint
case_entry.id bigint NOT NULL DEFAULT nextval('case_entry_id_seq'::regclass)
case_entry.clinic_id bigint NOT NULL
case_entry.escalation_id bigint NOT NULL
case_entry.kind text NOT NULL
case_entry.code text NOT NULL
case_entry.note text NOT NULL DEFAULT ''::text
case_entry.on_date date
case_entry.staff_id bigint
case_entry.at bigint NOT NULL
case_entry.done_at bigint
case_entry.done_by bigint
case_entry.done_note text NOT NULL DEFAULT ''::text
case_round.id bigint NOT NULL DEFAULT nextval('case_round_id_seq'::regclass)
case_round.clinic_id bigint NOT NULL
case_round.escalation_id bigint NOT NULL
case_round.number integer NOT NULL
case_round.began_at bigint NOT NULL
case_round.contact_by bigint NOT NULL
case_round.resolve_by bigint NOT NULL
case_round.paused_days integer NOT NULL DEFAULT 0
case_round.replied_at bigint
case_round.cause text NOT NULL DEFAULT ''::text
case_round.solution text NOT NULL DEFAULT ''::text
case_round.solved_at bigint
case_round.answered_at bigint
case_round.accepted text
case_round.closed_at bigint
case_round.contact_late_at bigint
case_round.resolve_late_at bigint
case_round.satisfaction integer
case_round.no_satisfaction text
case_round.reopened_for text NOT NULL
case_round.reopened_by bigint NOT NULL
case_round.reopened_at bigint NOT NULL
clinic.id bigint NOT NULL DEFAULT nextval('clinic_id_seq'::regclass)
clinic.name text NOT NULL
clinic.zone text NOT NULL
clinic.go_live date
clinic.is_demo boolean NOT NULL DEFAULT false
clinic.is_test boolean NOT NULL DEFAULT false
clinic.created_at bigint NOT NULL
clinic.last_tick_at bigint
consent_event.id bigint NOT NULL DEFAULT nextval('consent_event_id_seq'::regclass)
consent_event.clinic_id bigint NOT NULL
consent_event.patient_id bigint NOT NULL
consent_event.purpose text NOT NULL
consent_event.given boolean NOT NULL DEFAULT false
consent_event.at bigint NOT NULL
consent_event.how text NOT NULL
consent_event.staff_id bigint
contact.id bigint NOT NULL DEFAULT nextval('contact_id_seq'::regclass)
contact.clinic_id bigint NOT NULL
contact.group_id bigint NOT NULL
contact.patient_id bigint
contact.staff_id bigint NOT NULL
contact.seat_id bigint NOT NULL
contact.lease_token bigint
contact.started_at bigint NOT NULL
contact.ended_at bigint
contact.incoming boolean NOT NULL DEFAULT false
contact.caller_number text
contact_group.id bigint NOT NULL DEFAULT nextval('contact_group_id_seq'::regclass)
contact_group.clinic_id bigint NOT NULL
contact_group.created_at bigint NOT NULL
contact_item.id bigint NOT NULL DEFAULT nextval('contact_item_id_seq'::regclass)
contact_item.clinic_id bigint NOT NULL
contact_item.contact_id bigint NOT NULL
contact_item.item_id bigint NOT NULL
contact_item.result text
contact_item.closed_at bigint
contact_lease.id bigint NOT NULL DEFAULT nextval('contact_lease_id_seq'::regclass)
contact_lease.clinic_id bigint NOT NULL
contact_lease.group_id bigint NOT NULL
contact_lease.item_id bigint
contact_lease.staff_id bigint NOT NULL
contact_lease.seat_id bigint NOT NULL
contact_lease.token bigint NOT NULL
contact_lease.stage text NOT NULL
contact_lease.acquired_at bigint NOT NULL
contact_lease.expires_at bigint NOT NULL
contact_person.id bigint NOT NULL DEFAULT nextval('contact_person_id_seq'::regclass)
contact_person.clinic_id bigint NOT NULL
contact_person.patient_id bigint NOT NULL
contact_person.name text NOT NULL
contact_person.relation text NOT NULL
contact_person.phone text
contact_person.may_hear_clinical boolean NOT NULL DEFAULT false
contact_person.guardian boolean NOT NULL DEFAULT false
contact_person.consent_at bigint
draft.id bigint NOT NULL DEFAULT nextval('draft_id_seq'::regclass)
draft.clinic_id bigint NOT NULL
draft.staff_id bigint NOT NULL
draft.contact_id bigint NOT NULL
draft.patient_id bigint
draft.group_id bigint NOT NULL
draft.lease_token bigint NOT NULL
draft.document text NOT NULL
draft.status text NOT NULL
draft.updated_at bigint NOT NULL
escalation.id bigint NOT NULL DEFAULT nextval('escalation_id_seq'::regclass)
escalation.clinic_id bigint NOT NULL
escalation.patient_id bigint
escalation.contact_id bigint
escalation.call_id bigint
escalation.treatment_id bigint
escalation.kind text NOT NULL
escalation.level text
escalation.severity text
escalation.status text NOT NULL
escalation.flag text
escalation.flags text NOT NULL DEFAULT '[]'::text
escalation.summary text NOT NULL DEFAULT ''::text
escalation.place text
escalation.companion text
escalation.caller_number text
escalation.raised_by bigint NOT NULL
escalation.raised_at bigint NOT NULL
escalation.ack_by bigint NOT NULL
escalation.contact_by bigint NOT NULL
escalation.resolve_by bigint NOT NULL
escalation.next_clock_at bigint
escalation.owner_staff_id bigint
escalation.acknowledged_at bigint
escalation.contacted_at bigint
escalation.resolved_at bigint
escalation.finding text
escalation.action text
escalation.told_patient text
escalation.clavien_dindo text
escalation.mis_keyed boolean NOT NULL DEFAULT false
escalation.mis_key_reason text
escalation.told_who text
escalation.told_by bigint
escalation.told_at bigint
escalation.phoning_staff_id bigint
escalation.procedure text
escalation.post_op_day integer
escalation.level_since bigint
escalation.ack_breached_at bigint
escalation.contact_breached_at bigint
escalation.resolve_breached_at bigint
escalation.answered_at bigint
escalation.paused_at bigint
escalation.refund_by bigint
escalation.refund_alert_at bigint
escalation.refund_alerted_at bigint
escalation.refund_breached_at bigint
escalation.refund_decided_at bigint
escalation_event.id bigint NOT NULL DEFAULT nextval('escalation_event_id_seq'::regclass)
escalation_event.clinic_id bigint NOT NULL
escalation_event.escalation_id bigint NOT NULL
escalation_event.kind text NOT NULL
escalation_event.staff_id bigint
escalation_event.at bigint NOT NULL
escalation_event.note text NOT NULL DEFAULT ''::text
escalation_event.before text
escalation_event.after text
escalation_page.id bigint NOT NULL DEFAULT nextval('escalation_page_id_seq'::regclass)
escalation_page.clinic_id bigint NOT NULL
escalation_page.escalation_id bigint NOT NULL
escalation_page.step integer NOT NULL
escalation_page.level text NOT NULL
escalation_page.person text NOT NULL
escalation_page.due_at bigint NOT NULL
escalation_page.status text NOT NULL
escalation_page.tries integer NOT NULL DEFAULT 0
escalation_page.next_try_at bigint
escalation_page.holder text
escalation_page.error text
escalation_page.sent_at bigint
escalation_page.created_at bigint NOT NULL
idempotency_key.id bigint NOT NULL DEFAULT nextval('idempotency_key_id_seq'::regclass)
idempotency_key.clinic_id bigint NOT NULL
idempotency_key.key text COLLATE C NOT NULL
idempotency_key.kind text NOT NULL
idempotency_key.result_id bigint NOT NULL
idempotency_key.at bigint NOT NULL
import_batch.id bigint NOT NULL DEFAULT nextval('import_batch_id_seq'::regclass)
import_batch.clinic_id bigint NOT NULL
import_batch.file_name text NOT NULL
import_batch.file_sha256 text NOT NULL
import_batch.at_date date NOT NULL
import_batch.started_at bigint NOT NULL
import_batch.finished_at bigint
import_batch.accepted integer NOT NULL DEFAULT 0
import_batch.updated integer NOT NULL DEFAULT 0
import_batch.unchanged integer NOT NULL DEFAULT 0
import_batch.rejected integer NOT NULL DEFAULT 0
imported_row.id bigint NOT NULL DEFAULT nextval('imported_row_id_seq'::regclass)
imported_row.clinic_id bigint NOT NULL
imported_row.digest text COLLATE C NOT NULL
imported_row.batch_id bigint NOT NULL
improvement.id bigint NOT NULL DEFAULT nextval('improvement_id_seq'::regclass)
improvement.clinic_id bigint NOT NULL
improvement.text text NOT NULL
improvement.owner_staff_id bigint NOT NULL
improvement.due_on date NOT NULL
improvement.state text NOT NULL
improvement.call_review_id bigint
improvement.created_by bigint NOT NULL
improvement.created_at bigint NOT NULL
improvement.ended_by bigint
improvement.ended_at bigint
improvement.ended_note text
item.id bigint NOT NULL DEFAULT nextval('item_id_seq'::regclass)
item.clinic_id bigint NOT NULL
item.patient_id bigint NOT NULL
item.group_id bigint NOT NULL
item.treatment_id bigint
item.visit_id bigint
item.appointment_id bigint
item.promise_id bigint
item.escalation_id bigint
item.plan_revision_id bigint
item.kind text NOT NULL
item.milestone text NOT NULL
item.flow text NOT NULL
item.team text NOT NULL
item.klass text NOT NULL
item.purpose text NOT NULL
item.language text NOT NULL
item.anchor_on date
item.due_on date
item.earliest_at bigint NOT NULL
item.due_at bigint
item.due_by_at bigint
item.clinical_end_at bigint
item.state text NOT NULL
item.band integer NOT NULL
item.tier integer NOT NULL
item.deadline_at bigint NOT NULL
item.next_change_at bigint
item.lane_id text COLLATE C NOT NULL
item.passes_windows boolean NOT NULL DEFAULT false
item.policy_version integer NOT NULL
item.attempts integer NOT NULL DEFAULT 0
item.tries_today integer NOT NULL DEFAULT 0
item.tried_on date
item.busy_count integer NOT NULL DEFAULT 0
item.line_errors integer NOT NULL DEFAULT 0
item.rejections integer NOT NULL DEFAULT 0
item.last_attempt_at bigint
item.cooling_until bigint
item.skips integer NOT NULL DEFAULT 0
item.owner_staff_id bigint
item.clinician_requested boolean NOT NULL DEFAULT false
item.is_base boolean NOT NULL DEFAULT false
item.promise_at bigint
item.closed_at bigint
item.close_reason text
item.created_at bigint NOT NULL
observation.id bigint NOT NULL DEFAULT nextval('observation_id_seq'::regclass)
observation.clinic_id bigint NOT NULL
observation.patient_id bigint NOT NULL
observation.treatment_id bigint
observation.call_id bigint
observation.code text NOT NULL
observation.value text NOT NULL
observation.number double precision
observation.at bigint NOT NULL
patient.id bigint NOT NULL DEFAULT nextval('patient_id_seq'::regclass)
patient.clinic_id bigint NOT NULL
patient.external_id text COLLATE C
patient.group_id bigint NOT NULL
patient.name text NOT NULL
patient.pinyin text COLLATE C NOT NULL
patient.sex text
patient.born_on date
patient.member_tier text
patient.language text NOT NULL
patient.lives_alone boolean NOT NULL DEFAULT false
patient.preferred_hours text
patient.local_until date
patient.deceased_on date
patient.legal_hold boolean NOT NULL DEFAULT false
patient.owner_staff_id bigint
patient.consultant text
patient.notes text
patient.created_at bigint NOT NULL
patient.updated_at bigint NOT NULL
patient.merged_into bigint
patient_search.id bigint NOT NULL DEFAULT nextval('patient_search_id_seq'::regclass)
patient_search.clinic_id bigint NOT NULL
patient_search.patient_id bigint NOT NULL
patient_search.kind text NOT NULL
patient_search.key text COLLATE C NOT NULL
phone.id bigint NOT NULL DEFAULT nextval('phone_id_seq'::regclass)
phone.clinic_id bigint NOT NULL
phone.patient_id bigint NOT NULL
phone.contact_person_id bigint
phone.e164 text COLLATE C NOT NULL
phone.kind text NOT NULL
phone.rank integer NOT NULL
phone.status text NOT NULL
phone.suspended_until bigint
phone.created_at bigint NOT NULL
plan_revision.id bigint NOT NULL DEFAULT nextval('plan_revision_id_seq'::regclass)
plan_revision.clinic_id bigint NOT NULL
plan_revision.patient_id bigint NOT NULL
plan_revision.treatment_id bigint
plan_revision.visit_id bigint
plan_revision.number integer NOT NULL
plan_revision.reason text NOT NULL
plan_revision.staff_id bigint
plan_revision.created_at bigint NOT NULL
policy_version.id bigint NOT NULL DEFAULT nextval('policy_version_id_seq'::regclass)
policy_version.clinic_id bigint NOT NULL
policy_version.number integer NOT NULL
policy_version.document text NOT NULL
policy_version.sha256 text NOT NULL
policy_version.author bigint
policy_version.valid_from bigint NOT NULL
policy_version.created_at bigint NOT NULL
policy_version.public_days text
practice_result.id bigint NOT NULL DEFAULT nextval('practice_result_id_seq'::regclass)
practice_result.clinic_id bigint NOT NULL
practice_result.staff_id bigint NOT NULL
practice_result.scenario text NOT NULL
practice_result.score integer NOT NULL
practice_result.of integer NOT NULL
practice_result.at bigint NOT NULL
practice_result.document text NOT NULL
procedure_alias.id bigint NOT NULL DEFAULT nextval('procedure_alias_id_seq'::regclass)
procedure_alias.clinic_id bigint NOT NULL
procedure_alias.word text COLLATE C NOT NULL
procedure_alias.procedure text NOT NULL
procedure_alias.created_at bigint NOT NULL
promise.id bigint NOT NULL DEFAULT nextval('promise_id_seq'::regclass)
promise.clinic_id bigint NOT NULL
promise.patient_id bigint NOT NULL
promise.item_id bigint NOT NULL
promise.at bigint NOT NULL
promise.mine_staff_id bigint
promise.what text NOT NULL
promise.made_by bigint NOT NULL
promise.made_at bigint NOT NULL
promise.call_id bigint
promise.status text NOT NULL
refused_row.id bigint NOT NULL DEFAULT nextval('refused_row_id_seq'::regclass)
refused_row.clinic_id bigint NOT NULL
refused_row.batch_id bigint NOT NULL
refused_row.digest text COLLATE C NOT NULL
refused_row.row_number integer NOT NULL
refused_row.col text
refused_row.code text NOT NULL
refused_row.value text NOT NULL DEFAULT ''::text
refused_row.message text NOT NULL DEFAULT ''::text
refused_row.cells text NOT NULL DEFAULT '[]'::text
refused_row.operated_on date
refused_row.status text NOT NULL
refused_row.created_at bigint NOT NULL
remedy.id bigint NOT NULL DEFAULT nextval('remedy_id_seq'::regclass)
remedy.clinic_id bigint NOT NULL
remedy.escalation_id bigint NOT NULL
remedy.kind text NOT NULL
remedy.criterion text NOT NULL
remedy.cents integer
remedy.note text NOT NULL DEFAULT ''::text
remedy.proposed_by bigint NOT NULL
remedy.proposed_at bigint NOT NULL
remedy.approved integer
remedy.decided_by bigint
remedy.decided_at bigint
remedy.reason text NOT NULL DEFAULT ''::text
report_duty.id bigint NOT NULL DEFAULT nextval('report_duty_id_seq'::regclass)
report_duty.clinic_id bigint NOT NULL
report_duty.escalation_id bigint NOT NULL
report_duty.kind text NOT NULL
report_duty.category text NOT NULL
report_duty.known_at bigint NOT NULL
report_duty.due_at bigint NOT NULL
report_duty.decided_by bigint NOT NULL
report_duty.decided_at bigint NOT NULL
report_duty.breached_at bigint
report_duty.reported_at bigint
report_duty.reported_by bigint
report_duty.reported_to text
report_duty.replaced_at bigint
report_signoff.id bigint NOT NULL DEFAULT nextval('report_signoff_id_seq'::regclass)
report_signoff.clinic_id bigint NOT NULL
report_signoff.day date NOT NULL
report_signoff.staff_id bigint NOT NULL
report_signoff.signed_at bigint NOT NULL
report_signoff.figures text NOT NULL
review_draw.id bigint NOT NULL DEFAULT nextval('review_draw_id_seq'::regclass)
review_draw.clinic_id bigint NOT NULL
review_draw.day date NOT NULL
review_draw.drawn_at bigint NOT NULL
review_draw.staff_id bigint NOT NULL
review_draw.seed text NOT NULL
review_draw.calls integer NOT NULL DEFAULT 0
review_draw.drawn integer NOT NULL DEFAULT 0
review_draw.document text NOT NULL
review_score.id bigint NOT NULL DEFAULT nextval('review_score_id_seq'::regclass)
review_score.clinic_id bigint NOT NULL
review_score.call_review_id bigint NOT NULL
review_score.number integer NOT NULL
review_score.reviewer_id bigint NOT NULL
review_score.scored_at bigint NOT NULL
review_score.document text NOT NULL
review_score.score integer NOT NULL
review_score.of integer NOT NULL
review_score.note text NOT NULL DEFAULT ''::text
review_score.training text NOT NULL DEFAULT '[]'::text
review_score.reason text NOT NULL DEFAULT ''::text
script_release.id bigint NOT NULL DEFAULT nextval('script_release_id_seq'::regclass)
script_release.clinic_id bigint NOT NULL
script_release.number integer NOT NULL
script_release.document text NOT NULL
script_release.sha256 text NOT NULL
script_release.status text NOT NULL
script_release.approved_by bigint
script_release.approved_at bigint
script_release.review_by date
script_release.note text NOT NULL DEFAULT ''::text
script_release.author bigint
script_release.created_at bigint NOT NULL
seat.id bigint NOT NULL DEFAULT nextval('seat_id_seq'::regclass)
seat.clinic_id bigint NOT NULL
seat.staff_id bigint NOT NULL
seat.role text NOT NULL
seat.label text NOT NULL DEFAULT ''::text
seat.opened_at bigint NOT NULL
seat.seen_at bigint NOT NULL
seat.closed_at bigint
service_case.id bigint NOT NULL DEFAULT nextval('service_case_id_seq'::regclass)
service_case.clinic_id bigint NOT NULL
service_case.escalation_id bigint NOT NULL
service_case.klass text
service_case.process_stage text
service_case.request_type text
service_case.channel text NOT NULL
service_case.received_at bigint NOT NULL
service_case.stage text NOT NULL
service_case.criteria text NOT NULL DEFAULT '[]'::text
service_case.surgery boolean NOT NULL DEFAULT false
service_case.about_staff text NOT NULL DEFAULT '[]'::text
service_case.about_words text NOT NULL DEFAULT ''::text
service_case.demand text NOT NULL DEFAULT ''::text
service_case.identity text NOT NULL DEFAULT '[]'::text
service_case.visit text NOT NULL DEFAULT ''::text
service_case.asker text NOT NULL DEFAULT ''::text
service_case.severity_proposed text NOT NULL
service_case.confirmed_by bigint
service_case.confirmed_at bigint
service_case.investigator_id bigint
service_case.clock_from bigint NOT NULL
service_case.replied_at bigint
service_case.replied_by bigint
service_case.cause text NOT NULL DEFAULT ''::text
service_case.solution text NOT NULL DEFAULT ''::text
service_case.solved_at bigint
service_case.solved_by bigint
service_case.answered_by bigint
service_case.answer_note text NOT NULL DEFAULT ''::text
service_case.accepted text
service_case.satisfaction integer
service_case.no_satisfaction text
service_case.surveyed_at bigint
service_case.surveyed_by bigint
service_case.pause_code text
service_case.pause_note text NOT NULL DEFAULT ''::text
service_case.paused_days integer NOT NULL DEFAULT 0
service_case.refund_asked_at bigint
service_case.round_no integer NOT NULL
staff.id bigint NOT NULL DEFAULT nextval('staff_id_seq'::regclass)
staff.clinic_id bigint NOT NULL
staff.login text COLLATE C NOT NULL
staff.name text NOT NULL
staff.roles text NOT NULL DEFAULT '[]'::text
staff.languages text NOT NULL DEFAULT '[]'::text
staff.pin_hash text NOT NULL
staff.must_change_pin boolean NOT NULL DEFAULT false
staff.failed_pins integer NOT NULL DEFAULT 0
staff.locked_until bigint
staff.on_duty boolean NOT NULL DEFAULT false
staff.restricted_ok boolean NOT NULL DEFAULT false
staff.phone text
staff.retired_at bigint
staff.created_at bigint NOT NULL
treatment.id bigint NOT NULL DEFAULT nextval('treatment_id_seq'::regclass)
treatment.clinic_id bigint NOT NULL
treatment.patient_id bigint NOT NULL
treatment.visit_id bigint
treatment.procedure text NOT NULL
treatment.site text NOT NULL DEFAULT ''::text
treatment.side text
treatment.performed_on date NOT NULL
treatment.surgeon text
treatment.anaesthesia text
treatment.implant text
treatment.orders text
treatment.stitches_on date
treatment.splint_on date
treatment.inpatient boolean NOT NULL DEFAULT false
treatment.discharge_on date
treatment.revision_of bigint
treatment.superseded_at bigint
treatment.first_known_at bigint NOT NULL
treatment.created_at bigint NOT NULL
treatment.updated_at bigint NOT NULL
treatment.planned boolean NOT NULL DEFAULT false
treatment_cycle.id bigint NOT NULL DEFAULT nextval('treatment_cycle_id_seq'::regclass)
treatment_cycle.clinic_id bigint NOT NULL
treatment_cycle.patient_id bigint NOT NULL
treatment_cycle.kind text NOT NULL
treatment_cycle.status text NOT NULL
treatment_cycle.opened_on date NOT NULL
treatment_cycle.closed_on date
visit.id bigint NOT NULL DEFAULT nextval('visit_id_seq'::regclass)
visit.clinic_id bigint NOT NULL
visit.patient_id bigint NOT NULL
visit.visited_on date NOT NULL
visit.kind text NOT NULL
visit.interest text
visit.interest_procedure text
visit.consultant text
visit.created_at bigint NOT NULL

-- constraints
alembic_version alembic_version_pkc PRIMARY KEY (version_num)
answer fk_answer_call_id FOREIGN KEY (call_id) REFERENCES call(id)
answer fk_answer_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
answer fk_answer_contact_id FOREIGN KEY (contact_id) REFERENCES contact(id)
answer fk_answer_treatment_id FOREIGN KEY (treatment_id) REFERENCES treatment(id)
answer pk_answer PRIMARY KEY (id)
appointment ck_appointment_kind CHECK ((kind = ANY (ARRAY['review'::text, 'stitches'::text, 'splint'::text, 'dressing'::text, 'drain'::text, 'therapy'::text, 'other'::text])))
appointment ck_appointment_status CHECK ((status = ANY (ARRAY['booked'::text, 'attended'::text, 'missed'::text, 'cancelled'::text])))
appointment fk_appointment_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
appointment fk_appointment_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
appointment fk_appointment_treatment_id FOREIGN KEY (treatment_id) REFERENCES treatment(id)
appointment pk_appointment PRIMARY KEY (id)
attempt ck_attempt_channel CHECK ((channel = ANY (ARRAY['phone'::text, 'wecom'::text, 'sms'::text, 'email'::text, 'face_to_face'::text, 'letter'::text])))
attempt ck_attempt_result CHECK ((result = ANY (ARRAY['connected'::text, 'no_answer'::text, 'busy'::text, 'powered_off'::text, 'unreachable'::text, 'suspended'::text, 'invalid_number'::text, 'rejected'::text, 'voicemail'::text, 'line_error'::text])))
attempt fk_attempt_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
attempt fk_attempt_contact_id FOREIGN KEY (contact_id) REFERENCES contact(id)
attempt fk_attempt_item_id FOREIGN KEY (item_id) REFERENCES item(id)
attempt fk_attempt_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
attempt fk_attempt_phone_id FOREIGN KEY (phone_id) REFERENCES phone(id)
attempt fk_attempt_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
attempt pk_attempt PRIMARY KEY (id)
audit fk_audit_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
audit fk_audit_seat_id FOREIGN KEY (seat_id) REFERENCES seat(id)
audit fk_audit_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
audit pk_audit PRIMARY KEY (id)
audit_seal fk_audit_seal_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
audit_seal pk_audit_seal PRIMARY KEY (id)
audit_seal uq_audit_seal_clinic_id_from_id UNIQUE (clinic_id, from_id)
audit_seal uq_audit_seal_clinic_id_to_id UNIQUE (clinic_id, to_id)
call ck_call_direction CHECK ((direction = ANY (ARRAY['out'::text, 'in'::text])))
call ck_call_language CHECK ((language = ANY (ARRAY['zh'::text, 'en'::text])))
call ck_call_outcome CHECK ((outcome = ANY (ARRAY['completed'::text, 'partial'::text, 'callback_agreed'::text, 'proxy_reached'::text, 'wrong_person'::text, 'declined_today'::text, 'opted_out'::text])))
call ck_call_spoke_to CHECK ((spoke_to = ANY (ARRAY['patient'::text, 'proxy'::text, 'unknown'::text])))
call fk_call_amends_call_id FOREIGN KEY (amends_call_id) REFERENCES call(id)
call fk_call_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
call fk_call_contact_id FOREIGN KEY (contact_id) REFERENCES contact(id)
call fk_call_item_id FOREIGN KEY (item_id) REFERENCES item(id)
call fk_call_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
call fk_call_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
call pk_call PRIMARY KEY (id)
call_review ck_call_review_status CHECK ((status = ANY (ARRAY['drawn'::text, 'scored'::text, 'answered'::text, 'closed'::text, 'lapsed'::text])))
call_review fk_call_review_call_id FOREIGN KEY (call_id) REFERENCES call(id)
call_review fk_call_review_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
call_review fk_call_review_closed_by FOREIGN KEY (closed_by) REFERENCES staff(id)
call_review fk_call_review_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
call_review pk_call_review PRIMARY KEY (id)
call_review uq_call_review_clinic_id_day_call_id UNIQUE (clinic_id, day, call_id)
case_entry fk_case_entry_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
case_entry fk_case_entry_done_by FOREIGN KEY (done_by) REFERENCES staff(id)
case_entry fk_case_entry_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
case_entry fk_case_entry_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
case_entry pk_case_entry PRIMARY KEY (id)
case_round fk_case_round_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
case_round fk_case_round_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
case_round fk_case_round_reopened_by FOREIGN KEY (reopened_by) REFERENCES staff(id)
case_round pk_case_round PRIMARY KEY (id)
case_round uq_case_round_clinic_id_escalation_id_number UNIQUE (clinic_id, escalation_id, number)
clinic pk_clinic PRIMARY KEY (id)
consent_event ck_consent_event_purpose CHECK ((purpose = ANY (ARRAY['care'::text, 'survey'::text, 'marketing'::text])))
consent_event fk_consent_event_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
consent_event fk_consent_event_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
consent_event fk_consent_event_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
consent_event pk_consent_event PRIMARY KEY (id)
contact fk_contact_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
contact fk_contact_group_id FOREIGN KEY (group_id) REFERENCES contact_group(id)
contact fk_contact_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
contact fk_contact_seat_id FOREIGN KEY (seat_id) REFERENCES seat(id)
contact fk_contact_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
contact pk_contact PRIMARY KEY (id)
contact_group fk_contact_group_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
contact_group pk_contact_group PRIMARY KEY (id)
contact_item fk_contact_item_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
contact_item fk_contact_item_contact_id FOREIGN KEY (contact_id) REFERENCES contact(id)
contact_item fk_contact_item_item_id FOREIGN KEY (item_id) REFERENCES item(id)
contact_item pk_contact_item PRIMARY KEY (id)
contact_item uq_contact_item_clinic_id_contact_id_item_id UNIQUE (clinic_id, contact_id, item_id)
contact_lease ck_contact_lease_stage CHECK ((stage = ANY (ARRAY['preview'::text, 'dialling'::text, 'connected'::text, 'cut_off'::text])))
contact_lease fk_contact_lease_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
contact_lease fk_contact_lease_group_id FOREIGN KEY (group_id) REFERENCES contact_group(id)
contact_lease fk_contact_lease_item_id FOREIGN KEY (item_id) REFERENCES item(id)
contact_lease fk_contact_lease_seat_id FOREIGN KEY (seat_id) REFERENCES seat(id)
contact_lease fk_contact_lease_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
contact_lease pk_contact_lease PRIMARY KEY (id)
contact_lease uq_contact_lease_clinic_id_group_id UNIQUE (clinic_id, group_id)
contact_person fk_contact_person_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
contact_person fk_contact_person_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
contact_person pk_contact_person PRIMARY KEY (id)
draft ck_draft_status CHECK ((status = ANY (ARRAY['open'::text, 'late'::text, 'saved'::text, 'discarded'::text])))
draft fk_draft_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
draft fk_draft_contact_id FOREIGN KEY (contact_id) REFERENCES contact(id)
draft fk_draft_group_id FOREIGN KEY (group_id) REFERENCES contact_group(id)
draft fk_draft_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
draft fk_draft_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
draft pk_draft PRIMARY KEY (id)
draft uq_draft_clinic_id_contact_id UNIQUE (clinic_id, contact_id)
escalation ck_escalation_kind CHECK ((kind = ANY (ARRAY['clinical'::text, 'complaint'::text, 'request'::text])))
escalation ck_escalation_level CHECK ((level = ANY (ARRAY['EMERGENCY'::text, 'SAME_DAY'::text, 'URGENT'::text, 'ROUTINE'::text])))
escalation ck_escalation_severity CHECK ((severity = ANY (ARRAY['minor'::text, 'moderate'::text, 'severe'::text])))
escalation ck_escalation_status CHECK ((status = ANY (ARRAY['new'::text, 'acknowledged'::text, 'contacted'::text, 'resolved'::text])))
escalation fk_escalation_call_id FOREIGN KEY (call_id) REFERENCES call(id)
escalation fk_escalation_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
escalation fk_escalation_contact_id FOREIGN KEY (contact_id) REFERENCES contact(id)
escalation fk_escalation_owner_staff_id FOREIGN KEY (owner_staff_id) REFERENCES staff(id)
escalation fk_escalation_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
escalation fk_escalation_phoning_staff_id FOREIGN KEY (phoning_staff_id) REFERENCES staff(id)
escalation fk_escalation_raised_by FOREIGN KEY (raised_by) REFERENCES staff(id)
escalation fk_escalation_told_by FOREIGN KEY (told_by) REFERENCES staff(id)
escalation fk_escalation_treatment_id FOREIGN KEY (treatment_id) REFERENCES treatment(id)
escalation pk_escalation PRIMARY KEY (id)
escalation_event fk_escalation_event_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
escalation_event fk_escalation_event_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
escalation_event fk_escalation_event_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
escalation_event pk_escalation_event PRIMARY KEY (id)
escalation_page ck_escalation_page_status CHECK ((status = ANY (ARRAY['due'::text, 'running'::text, 'sent'::text, 'failed'::text, 'none'::text, 'stopped'::text])))
escalation_page fk_escalation_page_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
escalation_page fk_escalation_page_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
escalation_page pk_escalation_page PRIMARY KEY (id)
escalation_page uq_escalation_page_clinic_id_escalation_id_step UNIQUE (clinic_id, escalation_id, step)
idempotency_key fk_idempotency_key_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
idempotency_key pk_idempotency_key PRIMARY KEY (id)
idempotency_key uq_idempotency_key_clinic_id_key UNIQUE (clinic_id, key)
import_batch fk_import_batch_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
import_batch pk_import_batch PRIMARY KEY (id)
imported_row fk_imported_row_batch_id FOREIGN KEY (batch_id) REFERENCES import_batch(id)
imported_row fk_imported_row_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
imported_row pk_imported_row PRIMARY KEY (id)
imported_row uq_imported_row_clinic_id_digest UNIQUE (clinic_id, digest)
improvement ck_improvement_state CHECK ((state = ANY (ARRAY['open'::text, 'done'::text, 'dropped'::text])))
improvement fk_improvement_call_review_id FOREIGN KEY (call_review_id) REFERENCES call_review(id)
improvement fk_improvement_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
improvement fk_improvement_created_by FOREIGN KEY (created_by) REFERENCES staff(id)
improvement fk_improvement_ended_by FOREIGN KEY (ended_by) REFERENCES staff(id)
improvement fk_improvement_owner_staff_id FOREIGN KEY (owner_staff_id) REFERENCES staff(id)
improvement pk_improvement PRIMARY KEY (id)
item ck_item_band CHECK (((band >= 0) AND (band <= 6)))
item ck_item_kind CHECK ((kind = ANY (ARRAY['milestone'::text, 'promise'::text, 'recontact'::text, 'contact_repair'::text, 'lead_review'::text, 'review'::text])))
item ck_item_klass CHECK ((klass = ANY (ARRAY['safety'::text, 'care'::text, 'routine'::text])))
item ck_item_language CHECK ((language = ANY (ARRAY['zh'::text, 'en'::text])))
item ck_item_purpose CHECK ((purpose = ANY (ARRAY['care'::text, 'survey'::text, 'marketing'::text])))
item ck_item_state CHECK ((state = ANY (ARRAY['waiting'::text, 'ready'::text, 'leased'::text, 'done'::text, 'cancelled'::text, 'lapsed'::text, 'before_start'::text, 'unable_to_reach'::text, 'superseded'::text])))
item ck_item_tier CHECK ((tier = ANY (ARRAY[0, 1, 2, 3, 4, 5, 6])))
item fk_item_appointment_id FOREIGN KEY (appointment_id) REFERENCES appointment(id)
item fk_item_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
item fk_item_group_id FOREIGN KEY (group_id) REFERENCES contact_group(id)
item fk_item_owner_staff_id FOREIGN KEY (owner_staff_id) REFERENCES staff(id)
item fk_item_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
item fk_item_plan_revision_id FOREIGN KEY (plan_revision_id) REFERENCES plan_revision(id)
item fk_item_treatment_id FOREIGN KEY (treatment_id) REFERENCES treatment(id)
item fk_item_visit_id FOREIGN KEY (visit_id) REFERENCES visit(id)
item pk_item PRIMARY KEY (id)
observation fk_observation_call_id FOREIGN KEY (call_id) REFERENCES call(id)
observation fk_observation_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
observation fk_observation_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
observation fk_observation_treatment_id FOREIGN KEY (treatment_id) REFERENCES treatment(id)
observation pk_observation PRIMARY KEY (id)
patient ck_patient_language CHECK ((language = ANY (ARRAY['zh'::text, 'en'::text])))
patient fk_patient_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
patient fk_patient_group_id FOREIGN KEY (group_id) REFERENCES contact_group(id)
patient fk_patient_owner_staff_id FOREIGN KEY (owner_staff_id) REFERENCES staff(id)
patient pk_patient PRIMARY KEY (id)
patient uq_patient_clinic_id_external_id UNIQUE (clinic_id, external_id)
patient_search ck_patient_search_kind CHECK ((kind = ANY (ARRAY['name'::text, 'part'::text, 'pinyin'::text, 'initials'::text, 'digits'::text])))
patient_search fk_patient_search_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
patient_search fk_patient_search_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
patient_search pk_patient_search PRIMARY KEY (id)
phone ck_phone_kind CHECK ((kind = ANY (ARRAY['mobile'::text, 'landline'::text, 'other'::text])))
phone ck_phone_status CHECK ((status = ANY (ARRAY['live'::text, 'suspended'::text, 'dead'::text])))
phone fk_phone_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
phone fk_phone_contact_person_id FOREIGN KEY (contact_person_id) REFERENCES contact_person(id)
phone fk_phone_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
phone pk_phone PRIMARY KEY (id)
plan_revision fk_plan_revision_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
plan_revision fk_plan_revision_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
plan_revision fk_plan_revision_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
plan_revision fk_plan_revision_treatment_id FOREIGN KEY (treatment_id) REFERENCES treatment(id)
plan_revision fk_plan_revision_visit_id FOREIGN KEY (visit_id) REFERENCES visit(id)
plan_revision pk_plan_revision PRIMARY KEY (id)
policy_version fk_policy_version_author FOREIGN KEY (author) REFERENCES staff(id)
policy_version fk_policy_version_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
policy_version pk_policy_version PRIMARY KEY (id)
policy_version uq_policy_version_clinic_id_number UNIQUE (clinic_id, number)
practice_result fk_practice_result_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
practice_result fk_practice_result_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
practice_result pk_practice_result PRIMARY KEY (id)
procedure_alias fk_procedure_alias_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
procedure_alias pk_procedure_alias PRIMARY KEY (id)
procedure_alias uq_procedure_alias_clinic_id_word UNIQUE (clinic_id, word)
promise ck_promise_status CHECK ((status = ANY (ARRAY['open'::text, 'kept'::text, 'missed'::text, 'cancelled'::text])))
promise fk_promise_call_id FOREIGN KEY (call_id) REFERENCES call(id)
promise fk_promise_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
promise fk_promise_item_id FOREIGN KEY (item_id) REFERENCES item(id)
promise fk_promise_made_by FOREIGN KEY (made_by) REFERENCES staff(id)
promise fk_promise_mine_staff_id FOREIGN KEY (mine_staff_id) REFERENCES staff(id)
promise fk_promise_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
promise pk_promise PRIMARY KEY (id)
refused_row ck_refused_row_status CHECK ((status = ANY (ARRAY['open'::text, 'replayed'::text, 'dismissed'::text])))
refused_row fk_refused_row_batch_id FOREIGN KEY (batch_id) REFERENCES import_batch(id)
refused_row fk_refused_row_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
refused_row pk_refused_row PRIMARY KEY (id)
refused_row uq_refused_row_clinic_id_digest UNIQUE (clinic_id, digest)
remedy ck_remedy_kind CHECK ((kind = ANY (ARRAY['explanation'::text, 'care_product'::text, 'skin_treatment'::text, 'medicine'::text, 'revision'::text, 'redo'::text, 'transfer_balance'::text, 'refund'::text, 'other'::text])))
remedy fk_remedy_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
remedy fk_remedy_decided_by FOREIGN KEY (decided_by) REFERENCES staff(id)
remedy fk_remedy_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
remedy fk_remedy_proposed_by FOREIGN KEY (proposed_by) REFERENCES staff(id)
remedy pk_remedy PRIMARY KEY (id)
report_duty ck_report_duty_kind CHECK ((kind = ANY (ARRAY['adverse_event'::text, 'device_event'::text])))
report_duty fk_report_duty_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
report_duty fk_report_duty_decided_by FOREIGN KEY (decided_by) REFERENCES staff(id)
report_duty fk_report_duty_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
report_duty fk_report_duty_reported_by FOREIGN KEY (reported_by) REFERENCES staff(id)
report_duty pk_report_duty PRIMARY KEY (id)
report_signoff fk_report_signoff_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
report_signoff fk_report_signoff_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
report_signoff pk_report_signoff PRIMARY KEY (id)
review_draw fk_review_draw_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
review_draw fk_review_draw_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
review_draw pk_review_draw PRIMARY KEY (id)
review_draw uq_review_draw_clinic_id_day UNIQUE (clinic_id, day)
review_score fk_review_score_call_review_id FOREIGN KEY (call_review_id) REFERENCES call_review(id)
review_score fk_review_score_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
review_score fk_review_score_reviewer_id FOREIGN KEY (reviewer_id) REFERENCES staff(id)
review_score pk_review_score PRIMARY KEY (id)
review_score uq_review_score_clinic_id_call_review_id_number UNIQUE (clinic_id, call_review_id, number)
script_release ck_script_release_status CHECK ((status = ANY (ARRAY['draft'::text, 'approved'::text, 'retired'::text])))
script_release fk_script_release_approved_by FOREIGN KEY (approved_by) REFERENCES staff(id)
script_release fk_script_release_author FOREIGN KEY (author) REFERENCES staff(id)
script_release fk_script_release_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
script_release pk_script_release PRIMARY KEY (id)
script_release uq_script_release_clinic_id_number UNIQUE (clinic_id, number)
seat ck_seat_role CHECK ((role = ANY (ARRAY['caller'::text, 'nurse'::text, 'doctor'::text, 'consultant'::text, 'lead'::text, 'trainee'::text])))
seat fk_seat_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
seat fk_seat_staff_id FOREIGN KEY (staff_id) REFERENCES staff(id)
seat pk_seat PRIMARY KEY (id)
service_case ck_service_case_channel CHECK ((channel = ANY (ARRAY['phone'::text, 'walk_in'::text, 'wecom'::text, 'online'::text, 'email'::text, 'sms'::text, 'letter'::text])))
service_case ck_service_case_klass CHECK ((klass = ANY (ARRAY['attitude'::text, 'clinical_quality'::text, 'process'::text, 'price'::text, 'privacy'::text, 'other'::text])))
service_case ck_service_case_process_stage CHECK ((process_stage = ANY (ARRAY['consultation'::text, 'booking'::text, 'surgery'::text, 'recovery'::text])))
service_case ck_service_case_request_type CHECK ((request_type = ANY (ARRAY['inquiry'::text, 'booking'::text, 'suggestion'::text, 'other'::text])))
service_case ck_service_case_severity_proposed CHECK ((severity_proposed = ANY (ARRAY['minor'::text, 'moderate'::text, 'severe'::text])))
service_case ck_service_case_stage CHECK ((stage = ANY (ARRAY['new'::text, 'first_reply'::text, 'investigating'::text, 'solved'::text, 'told_back'::text, 'surveyed'::text, 'closed'::text])))
service_case fk_service_case_answered_by FOREIGN KEY (answered_by) REFERENCES staff(id)
service_case fk_service_case_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
service_case fk_service_case_confirmed_by FOREIGN KEY (confirmed_by) REFERENCES staff(id)
service_case fk_service_case_escalation_id FOREIGN KEY (escalation_id) REFERENCES escalation(id)
service_case fk_service_case_investigator_id FOREIGN KEY (investigator_id) REFERENCES staff(id)
service_case fk_service_case_replied_by FOREIGN KEY (replied_by) REFERENCES staff(id)
service_case fk_service_case_solved_by FOREIGN KEY (solved_by) REFERENCES staff(id)
service_case fk_service_case_surveyed_by FOREIGN KEY (surveyed_by) REFERENCES staff(id)
service_case pk_service_case PRIMARY KEY (id)
service_case uq_service_case_clinic_id_escalation_id UNIQUE (clinic_id, escalation_id)
staff fk_staff_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
staff pk_staff PRIMARY KEY (id)
staff uq_staff_clinic_id_login UNIQUE (clinic_id, login)
treatment fk_treatment_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
treatment fk_treatment_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
treatment fk_treatment_revision_of FOREIGN KEY (revision_of) REFERENCES treatment(id)
treatment fk_treatment_visit_id FOREIGN KEY (visit_id) REFERENCES visit(id)
treatment pk_treatment PRIMARY KEY (id)
treatment uq_treatment_clinic_id_patient_id_procedure_performed_on_site UNIQUE (clinic_id, patient_id, procedure, performed_on, site)
treatment_cycle fk_treatment_cycle_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
treatment_cycle fk_treatment_cycle_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
treatment_cycle pk_treatment_cycle PRIMARY KEY (id)
visit ck_visit_kind CHECK ((kind = ANY (ARRAY['converted'::text, 'unconverted'::text, 'not_arrived'::text, 'broken_off'::text])))
visit fk_visit_clinic_id FOREIGN KEY (clinic_id) REFERENCES clinic(id)
visit fk_visit_patient_id FOREIGN KEY (patient_id) REFERENCES patient(id)
visit pk_visit PRIMARY KEY (id)
visit uq_visit_clinic_id_patient_id_visited_on_kind UNIQUE (clinic_id, patient_id, visited_on, kind)

-- indexes
CREATE UNIQUE INDEX alembic_version_pkc ON public.alembic_version USING btree (version_num)
CREATE INDEX ix_answer_clinic_id_call_id ON public.answer USING btree (clinic_id, call_id)
CREATE INDEX ix_answer_clinic_id_contact_id ON public.answer USING btree (clinic_id, contact_id)
CREATE INDEX ix_answer_clinic_id_treatment_id_question_at ON public.answer USING btree (clinic_id, treatment_id, question, at)
CREATE INDEX ix_appointment_clinic_id_patient_id_at ON public.appointment USING btree (clinic_id, patient_id, at)
CREATE INDEX ix_appointment_clinic_id_status_at ON public.appointment USING btree (clinic_id, status, at)
CREATE INDEX ix_attempt_clinic_id_at ON public.attempt USING btree (clinic_id, at)
CREATE INDEX ix_attempt_clinic_id_contact_id ON public.attempt USING btree (clinic_id, contact_id)
CREATE INDEX ix_attempt_clinic_id_item_id ON public.attempt USING btree (clinic_id, item_id)
CREATE INDEX ix_attempt_clinic_id_patient_id_at ON public.attempt USING btree (clinic_id, patient_id, at)
CREATE INDEX ix_attempt_clinic_id_phone_id_at ON public.attempt USING btree (clinic_id, phone_id, at)
CREATE INDEX ix_audit_clinic_id_id ON public.audit USING btree (clinic_id, id)
CREATE INDEX ix_audit_clinic_id_subject_kind_subject_id ON public.audit USING btree (clinic_id, subject_kind, subject_id)
CREATE INDEX ix_call_amends ON public.call USING btree (clinic_id, amends_call_id) WHERE (amends_call_id IS NOT NULL)
CREATE INDEX ix_call_clinic_id_contact_id ON public.call USING btree (clinic_id, contact_id)
CREATE INDEX ix_call_clinic_id_patient_id_saved_at ON public.call USING btree (clinic_id, patient_id, saved_at)
CREATE INDEX ix_call_clinic_id_saved_at ON public.call USING btree (clinic_id, saved_at)
CREATE INDEX ix_call_review_clinic_id_call_id ON public.call_review USING btree (clinic_id, call_id)
CREATE INDEX ix_call_review_clinic_id_staff_id_day ON public.call_review USING btree (clinic_id, staff_id, day)
CREATE INDEX ix_call_review_drawn ON public.call_review USING btree (clinic_id, lapses_at, id) WHERE (status = 'drawn'::text)
CREATE INDEX ix_call_review_unread ON public.call_review USING btree (clinic_id, staff_id) WHERE ((version > 0) AND (caller_seen_at IS NULL))
CREATE INDEX ix_case_entry_clinic_id_escalation_id ON public.case_entry USING btree (clinic_id, escalation_id)
CREATE INDEX ix_consent_event_clinic_id_patient_id_purpose_at ON public.consent_event USING btree (clinic_id, patient_id, purpose, at)
CREATE INDEX ix_contact_clinic_id_group_id_started_at ON public.contact USING btree (clinic_id, group_id, started_at)
CREATE INDEX ix_contact_clinic_id_patient_id ON public.contact USING btree (clinic_id, patient_id)
CREATE INDEX ix_contact_clinic_id_staff_id_started_at ON public.contact USING btree (clinic_id, staff_id, started_at)
CREATE INDEX ix_contact_item_clinic_id_item_id ON public.contact_item USING btree (clinic_id, item_id)
CREATE INDEX ix_contact_lease_clinic_id_expires_at ON public.contact_lease USING btree (clinic_id, expires_at)
CREATE INDEX ix_contact_person_clinic_id_patient_id ON public.contact_person USING btree (clinic_id, patient_id)
CREATE INDEX ix_draft_clinic_id_staff_id_status ON public.draft USING btree (clinic_id, staff_id, status)
CREATE INDEX ix_draft_late ON public.draft USING btree (clinic_id, status, id) WHERE (status = 'late'::text)
CREATE INDEX ix_escalation_clinic_id_contact_id ON public.escalation USING btree (clinic_id, contact_id)
CREATE INDEX ix_escalation_clinic_id_patient_id ON public.escalation USING btree (clinic_id, patient_id)
CREATE INDEX ix_escalation_event_clinic_id_escalation_id_at ON public.escalation_event USING btree (clinic_id, escalation_id, at)
CREATE INDEX ix_escalation_open ON public.escalation USING btree (clinic_id, next_clock_at, id) WHERE (status <> 'resolved'::text)
CREATE INDEX ix_escalation_page_open ON public.escalation_page USING btree (clinic_id, next_try_at, id) WHERE (next_try_at IS NOT NULL)
CREATE INDEX ix_escalation_refund_alert ON public.escalation USING btree (clinic_id, refund_alert_at, id) WHERE ((refund_alert_at IS NOT NULL) AND (refund_alerted_at IS NULL) AND (refund_decided_at IS NULL))
CREATE INDEX ix_escalation_resolved ON public.escalation USING btree (clinic_id, resolved_at, id) WHERE (status = 'resolved'::text)
CREATE INDEX ix_escalation_untold ON public.escalation USING btree (clinic_id, raised_by) WHERE (told_at IS NULL)
CREATE INDEX ix_import_batch_clinic_id_started_at ON public.import_batch USING btree (clinic_id, started_at)
CREATE INDEX ix_imported_row_clinic_id_batch_id ON public.imported_row USING btree (clinic_id, batch_id)
CREATE INDEX ix_improvement_clinic_id_state_due_on ON public.improvement USING btree (clinic_id, state, due_on)
CREATE INDEX ix_item_before_start ON public.item USING btree (clinic_id, deadline_at, id) WHERE (state = 'before_start'::text)
CREATE INDEX ix_item_due ON public.item USING btree (clinic_id, due_on, id) WHERE ((kind = 'milestone'::text) AND (klass <> 'safety'::text))
CREATE INDEX ix_item_escalation ON public.item USING btree (clinic_id, escalation_id) WHERE (escalation_id IS NOT NULL)
CREATE INDEX ix_item_group ON public.item USING btree (clinic_id, group_id, state)
CREATE INDEX ix_item_lapsed ON public.item USING btree (clinic_id, deadline_at, id) WHERE (state = 'lapsed'::text)
CREATE INDEX ix_item_lead ON public.item USING btree (clinic_id, state, id) WHERE (kind = 'lead_review'::text)
CREATE INDEX ix_item_owner ON public.item USING btree (clinic_id, owner_staff_id, id) WHERE (owner_staff_id IS NOT NULL)
CREATE INDEX ix_item_patient ON public.item USING btree (clinic_id, patient_id, state)
CREATE INDEX ix_item_policy ON public.item USING btree (clinic_id, policy_version, id) WHERE (state = ANY (ARRAY['waiting'::text, 'ready'::text]))
CREATE INDEX ix_item_ready ON public.item USING btree (clinic_id, lane_id, band, deadline_at, id) WHERE (state = 'ready'::text)
CREATE INDEX ix_item_safety_due ON public.item USING btree (clinic_id, due_on, id) WHERE (klass = 'safety'::text)
CREATE INDEX ix_item_skipped ON public.item USING btree (clinic_id, skips, id) WHERE ((skips > 0) AND (state = ANY (ARRAY['waiting'::text, 'ready'::text, 'leased'::text])))
CREATE INDEX ix_item_unreachable ON public.item USING btree (clinic_id, deadline_at, id) WHERE (state = 'unable_to_reach'::text)
CREATE INDEX ix_item_wake ON public.item USING btree (clinic_id, next_change_at, id) WHERE (next_change_at IS NOT NULL)
CREATE INDEX ix_item_windowless ON public.item USING btree (clinic_id, lane_id, band, deadline_at, id) WHERE ((state = 'ready'::text) AND passes_windows)
CREATE INDEX ix_observation_clinic_id_call_id ON public.observation USING btree (clinic_id, call_id)
CREATE INDEX ix_observation_clinic_id_patient_id_code_at ON public.observation USING btree (clinic_id, patient_id, code, at)
CREATE INDEX ix_patient_clinic_id_group_id ON public.patient USING btree (clinic_id, group_id)
CREATE INDEX ix_patient_clinic_id_pinyin ON public.patient USING btree (clinic_id, pinyin)
CREATE INDEX ix_patient_merged ON public.patient USING btree (clinic_id, merged_into) WHERE (merged_into IS NOT NULL)
CREATE INDEX ix_patient_search_clinic_id_kind_key_patient_id ON public.patient_search USING btree (clinic_id, kind, key, patient_id)
CREATE INDEX ix_patient_search_clinic_id_patient_id ON public.patient_search USING btree (clinic_id, patient_id)
CREATE INDEX ix_phone_clinic_id_e164 ON public.phone USING btree (clinic_id, e164)
CREATE INDEX ix_phone_clinic_id_patient_id_rank ON public.phone USING btree (clinic_id, patient_id, rank)
CREATE INDEX ix_plan_revision_clinic_id_patient_id_number ON public.plan_revision USING btree (clinic_id, patient_id, number)
CREATE INDEX ix_practice_result_clinic_id_staff_id_at ON public.practice_result USING btree (clinic_id, staff_id, at)
CREATE INDEX ix_promise_clinic_id_item_id ON public.promise USING btree (clinic_id, item_id)
CREATE INDEX ix_promise_clinic_id_patient_id_status ON public.promise USING btree (clinic_id, patient_id, status)
CREATE INDEX ix_promise_open ON public.promise USING btree (clinic_id, at, id) WHERE (status = 'open'::text)
CREATE INDEX ix_refused_row_clinic_id_status_operated_on ON public.refused_row USING btree (clinic_id, status, operated_on)
CREATE INDEX ix_remedy_clinic_id_escalation_id ON public.remedy USING btree (clinic_id, escalation_id)
CREATE INDEX ix_report_duty_clinic_id_escalation_id ON public.report_duty USING btree (clinic_id, escalation_id)
CREATE INDEX ix_report_duty_open ON public.report_duty USING btree (clinic_id, due_at, id) WHERE ((reported_at IS NULL) AND (replaced_at IS NULL))
CREATE INDEX ix_report_signoff_clinic_id_day ON public.report_signoff USING btree (clinic_id, day)
CREATE INDEX ix_seat_clinic_id_staff_id_closed_at ON public.seat USING btree (clinic_id, staff_id, closed_at)
CREATE INDEX ix_treatment_clinic_id_performed_on ON public.treatment USING btree (clinic_id, performed_on)
CREATE INDEX ix_treatment_cycle_clinic_id_patient_id_status ON public.treatment_cycle USING btree (clinic_id, patient_id, status)
CREATE INDEX ix_treatment_unplanned ON public.treatment USING btree (clinic_id, performed_on, id) WHERE ((NOT planned) AND (superseded_at IS NULL))
CREATE UNIQUE INDEX pk_answer ON public.answer USING btree (id)
CREATE UNIQUE INDEX pk_appointment ON public.appointment USING btree (id)
CREATE UNIQUE INDEX pk_attempt ON public.attempt USING btree (id)
CREATE UNIQUE INDEX pk_audit ON public.audit USING btree (id)
CREATE UNIQUE INDEX pk_audit_seal ON public.audit_seal USING btree (id)
CREATE UNIQUE INDEX pk_call ON public.call USING btree (id)
CREATE UNIQUE INDEX pk_call_review ON public.call_review USING btree (id)
CREATE UNIQUE INDEX pk_case_entry ON public.case_entry USING btree (id)
CREATE UNIQUE INDEX pk_case_round ON public.case_round USING btree (id)
CREATE UNIQUE INDEX pk_clinic ON public.clinic USING btree (id)
CREATE UNIQUE INDEX pk_consent_event ON public.consent_event USING btree (id)
CREATE UNIQUE INDEX pk_contact ON public.contact USING btree (id)
CREATE UNIQUE INDEX pk_contact_group ON public.contact_group USING btree (id)
CREATE UNIQUE INDEX pk_contact_item ON public.contact_item USING btree (id)
CREATE UNIQUE INDEX pk_contact_lease ON public.contact_lease USING btree (id)
CREATE UNIQUE INDEX pk_contact_person ON public.contact_person USING btree (id)
CREATE UNIQUE INDEX pk_draft ON public.draft USING btree (id)
CREATE UNIQUE INDEX pk_escalation ON public.escalation USING btree (id)
CREATE UNIQUE INDEX pk_escalation_event ON public.escalation_event USING btree (id)
CREATE UNIQUE INDEX pk_escalation_page ON public.escalation_page USING btree (id)
CREATE UNIQUE INDEX pk_idempotency_key ON public.idempotency_key USING btree (id)
CREATE UNIQUE INDEX pk_import_batch ON public.import_batch USING btree (id)
CREATE UNIQUE INDEX pk_imported_row ON public.imported_row USING btree (id)
CREATE UNIQUE INDEX pk_improvement ON public.improvement USING btree (id)
CREATE UNIQUE INDEX pk_item ON public.item USING btree (id)
CREATE UNIQUE INDEX pk_observation ON public.observation USING btree (id)
CREATE UNIQUE INDEX pk_patient ON public.patient USING btree (id)
CREATE UNIQUE INDEX pk_patient_search ON public.patient_search USING btree (id)
CREATE UNIQUE INDEX pk_phone ON public.phone USING btree (id)
CREATE UNIQUE INDEX pk_plan_revision ON public.plan_revision USING btree (id)
CREATE UNIQUE INDEX pk_policy_version ON public.policy_version USING btree (id)
CREATE UNIQUE INDEX pk_practice_result ON public.practice_result USING btree (id)
CREATE UNIQUE INDEX pk_procedure_alias ON public.procedure_alias USING btree (id)
CREATE UNIQUE INDEX pk_promise ON public.promise USING btree (id)
CREATE UNIQUE INDEX pk_refused_row ON public.refused_row USING btree (id)
CREATE UNIQUE INDEX pk_remedy ON public.remedy USING btree (id)
CREATE UNIQUE INDEX pk_report_duty ON public.report_duty USING btree (id)
CREATE UNIQUE INDEX pk_report_signoff ON public.report_signoff USING btree (id)
CREATE UNIQUE INDEX pk_review_draw ON public.review_draw USING btree (id)
CREATE UNIQUE INDEX pk_review_score ON public.review_score USING btree (id)
CREATE UNIQUE INDEX pk_script_release ON public.script_release USING btree (id)
CREATE UNIQUE INDEX pk_seat ON public.seat USING btree (id)
CREATE UNIQUE INDEX pk_service_case ON public.service_case USING btree (id)
CREATE UNIQUE INDEX pk_staff ON public.staff USING btree (id)
CREATE UNIQUE INDEX pk_treatment ON public.treatment USING btree (id)
CREATE UNIQUE INDEX pk_treatment_cycle ON public.treatment_cycle USING btree (id)
CREATE UNIQUE INDEX pk_visit ON public.visit USING btree (id)
CREATE UNIQUE INDEX uq_audit_seal_clinic_id_from_id ON public.audit_seal USING btree (clinic_id, from_id)
CREATE UNIQUE INDEX uq_audit_seal_clinic_id_to_id ON public.audit_seal USING btree (clinic_id, to_id)
CREATE UNIQUE INDEX uq_call_review_clinic_id_day_call_id ON public.call_review USING btree (clinic_id, day, call_id)
CREATE UNIQUE INDEX uq_case_round_clinic_id_escalation_id_number ON public.case_round USING btree (clinic_id, escalation_id, number)
CREATE UNIQUE INDEX uq_contact_item_clinic_id_contact_id_item_id ON public.contact_item USING btree (clinic_id, contact_id, item_id)
CREATE UNIQUE INDEX uq_contact_lease_clinic_id_group_id ON public.contact_lease USING btree (clinic_id, group_id)
CREATE UNIQUE INDEX uq_draft_clinic_id_contact_id ON public.draft USING btree (clinic_id, contact_id)
CREATE UNIQUE INDEX uq_escalation_page_clinic_id_escalation_id_step ON public.escalation_page USING btree (clinic_id, escalation_id, step)
CREATE UNIQUE INDEX uq_idempotency_key_clinic_id_key ON public.idempotency_key USING btree (clinic_id, key)
CREATE UNIQUE INDEX uq_imported_row_clinic_id_digest ON public.imported_row USING btree (clinic_id, digest)
CREATE UNIQUE INDEX uq_item_treatment_milestone ON public.item USING btree (clinic_id, treatment_id, milestone, due_on) WHERE ((treatment_id IS NOT NULL) AND (appointment_id IS NULL) AND (kind = 'milestone'::text) AND (milestone <> 'REMEASURE'::text) AND (state <> ALL (ARRAY['superseded'::text, 'cancelled'::text])))
CREATE UNIQUE INDEX uq_item_visit_milestone ON public.item USING btree (clinic_id, visit_id, milestone, due_on) WHERE ((visit_id IS NOT NULL) AND (treatment_id IS NULL) AND (appointment_id IS NULL) AND (kind = 'milestone'::text) AND (milestone <> 'REMEASURE'::text) AND (state <> ALL (ARRAY['superseded'::text, 'cancelled'::text])))
CREATE UNIQUE INDEX uq_patient_clinic_id_external_id ON public.patient USING btree (clinic_id, external_id)
CREATE UNIQUE INDEX uq_policy_version_clinic_id_number ON public.policy_version USING btree (clinic_id, number)
CREATE UNIQUE INDEX uq_procedure_alias_clinic_id_word ON public.procedure_alias USING btree (clinic_id, word)
CREATE UNIQUE INDEX uq_refused_row_clinic_id_digest ON public.refused_row USING btree (clinic_id, digest)
CREATE UNIQUE INDEX uq_review_draw_clinic_id_day ON public.review_draw USING btree (clinic_id, day)
CREATE UNIQUE INDEX uq_review_score_clinic_id_call_review_id_number ON public.review_score USING btree (clinic_id, call_review_id, number)
CREATE UNIQUE INDEX uq_script_release_clinic_id_number ON public.script_release USING btree (clinic_id, number)
CREATE UNIQUE INDEX uq_service_case_clinic_id_escalation_id ON public.service_case USING btree (clinic_id, escalation_id)
CREATE UNIQUE INDEX uq_staff_clinic_id_login ON public.staff USING btree (clinic_id, login)
CREATE UNIQUE INDEX uq_treatment_clinic_id_patient_id_procedure_performed_on_site ON public.treatment USING btree (clinic_id, patient_id, procedure, performed_on, site)
CREATE UNIQUE INDEX uq_visit_clinic_id_patient_id_visited_on_kind ON public.visit USING btree (clinic_id, patient_id, visited_on, kind)

-- triggers
CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER audit_seal_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER call_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.call FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER consent_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.consent_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER escalation_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.escalation_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER policy_version_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.policy_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

-- functions
CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'append-only';
END
$function$

