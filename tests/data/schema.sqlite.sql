CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE answer (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	contact_id BIGINT NOT NULL,
	call_id BIGINT,
	treatment_id BIGINT,
	concern TEXT,
	question TEXT NOT NULL,
	value TEXT NOT NULL,
	number FLOAT,
	asked_in_group BOOLEAN DEFAULT FALSE NOT NULL,
	at BIGINT NOT NULL,
	superseded_at BIGINT,
	correction_reason TEXT,
	CONSTRAINT fk_answer_call_id FOREIGN KEY(call_id) REFERENCES call (id),
	CONSTRAINT fk_answer_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_answer_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
	CONSTRAINT fk_answer_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id)
);

CREATE INDEX ix_answer_clinic_id_call_id ON answer (clinic_id, call_id);

CREATE INDEX ix_answer_clinic_id_contact_id ON answer (clinic_id, contact_id);

CREATE INDEX ix_answer_clinic_id_treatment_id_question_at ON answer (clinic_id, treatment_id, question, at);

CREATE TABLE "appointment" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	treatment_id BIGINT,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	status TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	photo_taken BOOLEAN DEFAULT FALSE NOT NULL,
	series_id BIGINT,
	note TEXT,
	CONSTRAINT ck_appointment_kind CHECK (kind IN ('review', 'stitches', 'splint', 'dressing', 'drain', 'therapy', 'other')),
	CONSTRAINT ck_appointment_status CHECK (status IN ('booked', 'attended', 'missed', 'cancelled')),
	CONSTRAINT fk_appointment_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_appointment_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_appointment_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id)
);

CREATE INDEX ix_appointment_clinic_id_patient_id_at ON appointment (clinic_id, patient_id, at);

CREATE INDEX ix_appointment_clinic_id_status_at ON appointment (clinic_id, status, at);

CREATE TABLE attempt (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	contact_id BIGINT NOT NULL,
	patient_id BIGINT,
	item_id BIGINT,
	phone_id BIGINT,
	channel TEXT NOT NULL,
	result TEXT,
	counted BOOLEAN DEFAULT FALSE NOT NULL,
	at BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	CONSTRAINT ck_attempt_channel CHECK (channel IN ('phone', 'wecom', 'sms', 'email', 'face_to_face', 'letter')),
	CONSTRAINT ck_attempt_result CHECK (result IN ('connected', 'no_answer', 'busy', 'powered_off', 'unreachable', 'suspended', 'invalid_number', 'rejected', 'voicemail', 'line_error')),
	CONSTRAINT fk_attempt_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_attempt_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
	CONSTRAINT fk_attempt_item_id FOREIGN KEY(item_id) REFERENCES item (id),
	CONSTRAINT fk_attempt_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_attempt_phone_id FOREIGN KEY(phone_id) REFERENCES phone (id),
	CONSTRAINT fk_attempt_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_attempt_clinic_id_at ON attempt (clinic_id, at);

CREATE INDEX ix_attempt_clinic_id_contact_id ON attempt (clinic_id, contact_id);

CREATE INDEX ix_attempt_clinic_id_item_id ON attempt (clinic_id, item_id);

CREATE INDEX ix_attempt_clinic_id_patient_id_at ON attempt (clinic_id, patient_id, at);

CREATE INDEX ix_attempt_clinic_id_phone_id_at ON attempt (clinic_id, phone_id, at);

CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	staff_id BIGINT,
	seat_id BIGINT,
	action TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT,
	fields TEXT DEFAULT '[]' NOT NULL,
	digests TEXT DEFAULT '[]' NOT NULL,
	CONSTRAINT fk_audit_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_audit_seat_id FOREIGN KEY(seat_id) REFERENCES seat (id),
	CONSTRAINT fk_audit_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_audit_clinic_id_id ON audit (clinic_id, id);

CREATE INDEX ix_audit_clinic_id_subject_kind_subject_id ON audit (clinic_id, subject_kind, subject_id);

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE audit_seal (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	from_id BIGINT NOT NULL,
	to_id BIGINT NOT NULL,
	rows INTEGER NOT NULL,
	mac TEXT NOT NULL,
	previous_mac TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT fk_audit_seal_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_audit_seal_clinic_id_from_id UNIQUE (clinic_id, from_id),
	CONSTRAINT uq_audit_seal_clinic_id_to_id UNIQUE (clinic_id, to_id)
);

CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE call (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	contact_id BIGINT NOT NULL,
	patient_id BIGINT,
	item_id BIGINT,
	direction TEXT NOT NULL,
	outcome TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	spoke_to TEXT NOT NULL,
	identity_method TEXT,
	language TEXT NOT NULL,
	release_hash TEXT,
	track_code TEXT,
	track_version INTEGER,
	recovery TEXT,
	pain INTEGER,
	satisfaction TEXT,
	summary TEXT DEFAULT '' NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	next_step TEXT,
	amends_call_id BIGINT,
	place TEXT,
	companion TEXT,
	staff_id BIGINT NOT NULL,
	late_draft BOOLEAN DEFAULT FALSE NOT NULL,
	saved_at BIGINT NOT NULL,
	CONSTRAINT ck_call_direction CHECK (direction IN ('out', 'in')),
	CONSTRAINT ck_call_language CHECK (language IN ('zh', 'en')),
	CONSTRAINT ck_call_outcome CHECK (outcome IN ('completed', 'partial', 'callback_agreed', 'proxy_reached', 'wrong_person', 'declined_today', 'opted_out')),
	CONSTRAINT ck_call_spoke_to CHECK (spoke_to IN ('patient', 'proxy', 'unknown')),
	CONSTRAINT fk_call_amends_call_id FOREIGN KEY(amends_call_id) REFERENCES call (id),
	CONSTRAINT fk_call_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_call_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
	CONSTRAINT fk_call_item_id FOREIGN KEY(item_id) REFERENCES item (id),
	CONSTRAINT fk_call_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_call_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_call_amends ON call (clinic_id, amends_call_id) WHERE amends_call_id IS NOT NULL;

CREATE INDEX ix_call_clinic_id_contact_id ON call (clinic_id, contact_id);

CREATE INDEX ix_call_clinic_id_patient_id_saved_at ON call (clinic_id, patient_id, saved_at);

CREATE INDEX ix_call_clinic_id_saved_at ON call (clinic_id, saved_at);

CREATE TRIGGER call_no_delete BEFORE DELETE ON call BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER call_no_update BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE call_review (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	day DATE NOT NULL,
	call_id BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	drawn_for TEXT DEFAULT '[]' NOT NULL,
	drawn_at BIGINT NOT NULL,
	lapses_at BIGINT NOT NULL,
	status TEXT NOT NULL,
	version INTEGER DEFAULT 0 NOT NULL,
	caller_seen_at BIGINT,
	caller_answer TEXT DEFAULT '' NOT NULL,
	answered_at BIGINT,
	answered_version INTEGER DEFAULT 0 NOT NULL,
	closed_by BIGINT,
	closed_at BIGINT,
	CONSTRAINT ck_call_review_status CHECK (status IN ('drawn', 'scored', 'answered', 'closed', 'lapsed')),
	CONSTRAINT fk_call_review_call_id FOREIGN KEY(call_id) REFERENCES call (id),
	CONSTRAINT fk_call_review_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_call_review_closed_by FOREIGN KEY(closed_by) REFERENCES staff (id),
	CONSTRAINT fk_call_review_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
	CONSTRAINT uq_call_review_clinic_id_day_call_id UNIQUE (clinic_id, day, call_id)
);

CREATE INDEX ix_call_review_clinic_id_call_id ON call_review (clinic_id, call_id);

CREATE INDEX ix_call_review_clinic_id_staff_id_day ON call_review (clinic_id, staff_id, day);

CREATE INDEX ix_call_review_drawn ON call_review (clinic_id, lapses_at, id) WHERE status = 'drawn';

CREATE INDEX ix_call_review_unread ON call_review (clinic_id, staff_id) WHERE version > 0 AND caller_seen_at IS NULL;

CREATE TABLE case_entry (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	code TEXT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	on_date DATE,
	staff_id BIGINT,
	at BIGINT NOT NULL,
	done_at BIGINT,
	done_by BIGINT,
	done_note TEXT DEFAULT '' NOT NULL,
	CONSTRAINT fk_case_entry_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_case_entry_done_by FOREIGN KEY(done_by) REFERENCES staff (id),
	CONSTRAINT fk_case_entry_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT fk_case_entry_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_case_entry_clinic_id_escalation_id ON case_entry (clinic_id, escalation_id);

CREATE TABLE case_round (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	number INTEGER NOT NULL,
	began_at BIGINT NOT NULL,
	contact_by BIGINT NOT NULL,
	resolve_by BIGINT NOT NULL,
	paused_days INTEGER DEFAULT 0 NOT NULL,
	replied_at BIGINT,
	cause TEXT DEFAULT '' NOT NULL,
	solution TEXT DEFAULT '' NOT NULL,
	solved_at BIGINT,
	answered_at BIGINT,
	accepted TEXT,
	closed_at BIGINT,
	contact_late_at BIGINT,
	resolve_late_at BIGINT,
	satisfaction INTEGER,
	no_satisfaction TEXT,
	reopened_for TEXT NOT NULL,
	reopened_by BIGINT NOT NULL,
	reopened_at BIGINT NOT NULL,
	CONSTRAINT fk_case_round_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_case_round_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT fk_case_round_reopened_by FOREIGN KEY(reopened_by) REFERENCES staff (id),
	CONSTRAINT uq_case_round_clinic_id_escalation_id_number UNIQUE (clinic_id, escalation_id, number)
);

CREATE TABLE clinic (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	zone TEXT NOT NULL,
	go_live DATE,
	is_demo BOOLEAN DEFAULT FALSE NOT NULL,
	is_test BOOLEAN DEFAULT FALSE NOT NULL,
	created_at BIGINT NOT NULL,
	last_tick_at BIGINT
);

CREATE TABLE consent_event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	purpose TEXT NOT NULL,
	given BOOLEAN DEFAULT FALSE NOT NULL,
	at BIGINT NOT NULL,
	how TEXT NOT NULL,
	staff_id BIGINT,
	CONSTRAINT ck_consent_event_purpose CHECK (purpose IN ('care', 'survey', 'marketing')),
	CONSTRAINT fk_consent_event_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_consent_event_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_consent_event_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_consent_event_clinic_id_patient_id_purpose_at ON consent_event (clinic_id, patient_id, purpose, at);

CREATE TRIGGER consent_event_no_delete BEFORE DELETE ON consent_event BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER consent_event_no_update BEFORE UPDATE ON consent_event BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE contact (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	group_id BIGINT NOT NULL,
	patient_id BIGINT,
	staff_id BIGINT NOT NULL,
	seat_id BIGINT NOT NULL,
	lease_token BIGINT,
	started_at BIGINT NOT NULL,
	ended_at BIGINT,
	incoming BOOLEAN DEFAULT FALSE NOT NULL,
	caller_number TEXT,
	CONSTRAINT fk_contact_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_contact_group_id FOREIGN KEY(group_id) REFERENCES contact_group (id),
	CONSTRAINT fk_contact_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_contact_seat_id FOREIGN KEY(seat_id) REFERENCES seat (id),
	CONSTRAINT fk_contact_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_contact_clinic_id_group_id_started_at ON contact (clinic_id, group_id, started_at);

CREATE INDEX ix_contact_clinic_id_patient_id ON contact (clinic_id, patient_id);

CREATE INDEX ix_contact_clinic_id_staff_id_started_at ON contact (clinic_id, staff_id, started_at);

CREATE TABLE contact_group (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT fk_contact_group_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id)
);

CREATE TABLE contact_item (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	contact_id BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	result TEXT,
	closed_at BIGINT,
	CONSTRAINT fk_contact_item_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_contact_item_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
	CONSTRAINT fk_contact_item_item_id FOREIGN KEY(item_id) REFERENCES item (id),
	CONSTRAINT uq_contact_item_clinic_id_contact_id_item_id UNIQUE (clinic_id, contact_id, item_id)
);

CREATE INDEX ix_contact_item_clinic_id_item_id ON contact_item (clinic_id, item_id);

CREATE TABLE contact_lease (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	group_id BIGINT NOT NULL,
	item_id BIGINT,
	staff_id BIGINT NOT NULL,
	seat_id BIGINT NOT NULL,
	token BIGINT NOT NULL,
	stage TEXT NOT NULL,
	acquired_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	CONSTRAINT ck_contact_lease_stage CHECK (stage IN ('preview', 'dialling', 'connected', 'cut_off')),
	CONSTRAINT fk_contact_lease_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_contact_lease_group_id FOREIGN KEY(group_id) REFERENCES contact_group (id),
	CONSTRAINT fk_contact_lease_item_id FOREIGN KEY(item_id) REFERENCES item (id),
	CONSTRAINT fk_contact_lease_seat_id FOREIGN KEY(seat_id) REFERENCES seat (id),
	CONSTRAINT fk_contact_lease_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
	CONSTRAINT uq_contact_lease_clinic_id_group_id UNIQUE (clinic_id, group_id)
);

CREATE INDEX ix_contact_lease_clinic_id_expires_at ON contact_lease (clinic_id, expires_at);

CREATE TABLE contact_person (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	relation TEXT NOT NULL,
	phone TEXT,
	may_hear_clinical BOOLEAN DEFAULT FALSE NOT NULL,
	guardian BOOLEAN DEFAULT FALSE NOT NULL,
	consent_at BIGINT,
	CONSTRAINT fk_contact_person_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_contact_person_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_contact_person_clinic_id_patient_id ON contact_person (clinic_id, patient_id);

CREATE TABLE draft (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	contact_id BIGINT NOT NULL,
	patient_id BIGINT,
	group_id BIGINT NOT NULL,
	lease_token BIGINT NOT NULL,
	document TEXT NOT NULL,
	status TEXT NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT ck_draft_status CHECK (status IN ('open', 'late', 'saved', 'discarded')),
	CONSTRAINT fk_draft_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_draft_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
	CONSTRAINT fk_draft_group_id FOREIGN KEY(group_id) REFERENCES contact_group (id),
	CONSTRAINT fk_draft_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_draft_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
	CONSTRAINT uq_draft_clinic_id_contact_id UNIQUE (clinic_id, contact_id)
);

CREATE INDEX ix_draft_clinic_id_staff_id_status ON draft (clinic_id, staff_id, status);

CREATE INDEX ix_draft_late ON draft (clinic_id, status, id) WHERE status = 'late';

CREATE TABLE escalation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT,
	contact_id BIGINT,
	call_id BIGINT,
	treatment_id BIGINT,
	kind TEXT NOT NULL,
	level TEXT,
	severity TEXT,
	status TEXT NOT NULL,
	flag TEXT,
	flags TEXT DEFAULT '[]' NOT NULL,
	summary TEXT DEFAULT '' NOT NULL,
	place TEXT,
	companion TEXT,
	caller_number TEXT,
	raised_by BIGINT NOT NULL,
	raised_at BIGINT NOT NULL,
	ack_by BIGINT NOT NULL,
	contact_by BIGINT NOT NULL,
	resolve_by BIGINT NOT NULL,
	next_clock_at BIGINT,
	owner_staff_id BIGINT,
	acknowledged_at BIGINT,
	contacted_at BIGINT,
	resolved_at BIGINT,
	finding TEXT,
	action TEXT,
	told_patient TEXT,
	clavien_dindo TEXT,
	mis_keyed BOOLEAN DEFAULT FALSE NOT NULL,
	mis_key_reason TEXT,
	told_who TEXT,
	told_by BIGINT,
	told_at BIGINT,
	phoning_staff_id BIGINT,
	procedure TEXT,
	post_op_day INTEGER, level_since BIGINT, ack_breached_at BIGINT, contact_breached_at BIGINT, resolve_breached_at BIGINT, answered_at BIGINT, paused_at BIGINT, refund_by BIGINT, refund_alert_at BIGINT, refund_alerted_at BIGINT, refund_breached_at BIGINT, refund_decided_at BIGINT,
	CONSTRAINT ck_escalation_kind CHECK (kind IN ('clinical', 'complaint', 'request')),
	CONSTRAINT ck_escalation_level CHECK (level IN ('EMERGENCY', 'SAME_DAY', 'URGENT', 'ROUTINE')),
	CONSTRAINT ck_escalation_severity CHECK (severity IN ('minor', 'moderate', 'severe')),
	CONSTRAINT ck_escalation_status CHECK (status IN ('new', 'acknowledged', 'contacted', 'resolved')),
	CONSTRAINT fk_escalation_call_id FOREIGN KEY(call_id) REFERENCES call (id),
	CONSTRAINT fk_escalation_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_escalation_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id),
	CONSTRAINT fk_escalation_owner_staff_id FOREIGN KEY(owner_staff_id) REFERENCES staff (id),
	CONSTRAINT fk_escalation_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_escalation_phoning_staff_id FOREIGN KEY(phoning_staff_id) REFERENCES staff (id),
	CONSTRAINT fk_escalation_raised_by FOREIGN KEY(raised_by) REFERENCES staff (id),
	CONSTRAINT fk_escalation_told_by FOREIGN KEY(told_by) REFERENCES staff (id),
	CONSTRAINT fk_escalation_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id)
);

CREATE INDEX ix_escalation_clinic_id_contact_id ON escalation (clinic_id, contact_id);

CREATE INDEX ix_escalation_clinic_id_patient_id ON escalation (clinic_id, patient_id);

CREATE INDEX ix_escalation_open ON escalation (clinic_id, next_clock_at, id) WHERE status <> 'resolved';

CREATE INDEX ix_escalation_refund_alert ON escalation (clinic_id, refund_alert_at, id) WHERE refund_alert_at IS NOT NULL AND refund_alerted_at IS NULL AND refund_decided_at IS NULL;

CREATE INDEX ix_escalation_resolved ON escalation (clinic_id, resolved_at, id) WHERE status = 'resolved';

CREATE INDEX ix_escalation_untold ON escalation (clinic_id, raised_by) WHERE told_at IS NULL;

CREATE TABLE escalation_event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	staff_id BIGINT,
	at BIGINT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	"before" TEXT,
	"after" TEXT,
	CONSTRAINT fk_escalation_event_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_escalation_event_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT fk_escalation_event_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_escalation_event_clinic_id_escalation_id_at ON escalation_event (clinic_id, escalation_id, at);

CREATE TRIGGER escalation_event_no_delete BEFORE DELETE ON escalation_event BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER escalation_event_no_update BEFORE UPDATE ON escalation_event BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE escalation_page (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	step INTEGER NOT NULL,
	level TEXT NOT NULL,
	person TEXT NOT NULL,
	due_at BIGINT NOT NULL,
	status TEXT NOT NULL,
	tries INTEGER DEFAULT 0 NOT NULL,
	next_try_at BIGINT,
	holder TEXT,
	error TEXT,
	sent_at BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT ck_escalation_page_status CHECK (status IN ('due', 'running', 'sent', 'failed', 'none', 'stopped')),
	CONSTRAINT fk_escalation_page_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_escalation_page_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT uq_escalation_page_clinic_id_escalation_id_step UNIQUE (clinic_id, escalation_id, step)
);

CREATE INDEX ix_escalation_page_open ON escalation_page (clinic_id, next_try_at, id) WHERE next_try_at IS NOT NULL;

CREATE TABLE idempotency_key (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	"key" TEXT NOT NULL,
	kind TEXT NOT NULL,
	result_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT fk_idempotency_key_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_idempotency_key_clinic_id_key UNIQUE (clinic_id, "key")
);

CREATE TABLE import_batch (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	file_name TEXT NOT NULL,
	file_sha256 TEXT NOT NULL,
	at_date DATE NOT NULL,
	started_at BIGINT NOT NULL,
	finished_at BIGINT,
	accepted INTEGER DEFAULT 0 NOT NULL,
	updated INTEGER DEFAULT 0 NOT NULL,
	unchanged INTEGER DEFAULT 0 NOT NULL,
	rejected INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT fk_import_batch_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id)
);

CREATE INDEX ix_import_batch_clinic_id_started_at ON import_batch (clinic_id, started_at);

CREATE TABLE imported_row (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	digest TEXT NOT NULL,
	batch_id BIGINT NOT NULL,
	CONSTRAINT fk_imported_row_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id),
	CONSTRAINT fk_imported_row_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_imported_row_clinic_id_digest UNIQUE (clinic_id, digest)
);

CREATE INDEX ix_imported_row_clinic_id_batch_id ON imported_row (clinic_id, batch_id);

CREATE TABLE improvement (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	text TEXT NOT NULL,
	owner_staff_id BIGINT NOT NULL,
	due_on DATE NOT NULL,
	state TEXT NOT NULL,
	call_review_id BIGINT,
	created_by BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	ended_by BIGINT,
	ended_at BIGINT,
	ended_note TEXT,
	CONSTRAINT ck_improvement_state CHECK (state IN ('open', 'done', 'dropped')),
	CONSTRAINT fk_improvement_call_review_id FOREIGN KEY(call_review_id) REFERENCES call_review (id),
	CONSTRAINT fk_improvement_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_improvement_created_by FOREIGN KEY(created_by) REFERENCES staff (id),
	CONSTRAINT fk_improvement_ended_by FOREIGN KEY(ended_by) REFERENCES staff (id),
	CONSTRAINT fk_improvement_owner_staff_id FOREIGN KEY(owner_staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_improvement_clinic_id_state_due_on ON improvement (clinic_id, state, due_on);

CREATE TABLE item (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	group_id BIGINT NOT NULL,
	treatment_id BIGINT,
	visit_id BIGINT,
	appointment_id BIGINT,
	promise_id BIGINT,
	escalation_id BIGINT,
	plan_revision_id BIGINT,
	kind TEXT NOT NULL,
	milestone TEXT NOT NULL,
	flow TEXT NOT NULL,
	team TEXT NOT NULL,
	klass TEXT NOT NULL,
	purpose TEXT NOT NULL,
	language TEXT NOT NULL,
	anchor_on DATE,
	due_on DATE,
	earliest_at BIGINT NOT NULL,
	due_at BIGINT,
	due_by_at BIGINT,
	clinical_end_at BIGINT,
	state TEXT NOT NULL,
	band INTEGER NOT NULL,
	tier INTEGER NOT NULL,
	deadline_at BIGINT NOT NULL,
	next_change_at BIGINT,
	lane_id TEXT NOT NULL,
	passes_windows BOOLEAN DEFAULT FALSE NOT NULL,
	policy_version INTEGER NOT NULL,
	attempts INTEGER DEFAULT 0 NOT NULL,
	tries_today INTEGER DEFAULT 0 NOT NULL,
	tried_on DATE,
	busy_count INTEGER DEFAULT 0 NOT NULL,
	line_errors INTEGER DEFAULT 0 NOT NULL,
	rejections INTEGER DEFAULT 0 NOT NULL,
	last_attempt_at BIGINT,
	cooling_until BIGINT,
	skips INTEGER DEFAULT 0 NOT NULL,
	owner_staff_id BIGINT,
	clinician_requested BOOLEAN DEFAULT FALSE NOT NULL,
	is_base BOOLEAN DEFAULT FALSE NOT NULL,
	promise_at BIGINT,
	closed_at BIGINT,
	close_reason TEXT,
	created_at BIGINT NOT NULL,
	CONSTRAINT ck_item_band CHECK (band BETWEEN 0 AND 6),
	CONSTRAINT ck_item_kind CHECK (kind IN ('milestone', 'promise', 'recontact', 'contact_repair', 'lead_review', 'review')),
	CONSTRAINT ck_item_klass CHECK (klass IN ('safety', 'care', 'routine')),
	CONSTRAINT ck_item_language CHECK (language IN ('zh', 'en')),
	CONSTRAINT ck_item_purpose CHECK (purpose IN ('care', 'survey', 'marketing')),
	CONSTRAINT ck_item_state CHECK (state IN ('waiting', 'ready', 'leased', 'done', 'cancelled', 'lapsed', 'before_start', 'unable_to_reach', 'superseded')),
	CONSTRAINT ck_item_tier CHECK (tier IN (0, 1, 2, 3, 4, 5, 6)),
	CONSTRAINT fk_item_appointment_id FOREIGN KEY(appointment_id) REFERENCES appointment (id),
	CONSTRAINT fk_item_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_item_group_id FOREIGN KEY(group_id) REFERENCES contact_group (id),
	CONSTRAINT fk_item_owner_staff_id FOREIGN KEY(owner_staff_id) REFERENCES staff (id),
	CONSTRAINT fk_item_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_item_plan_revision_id FOREIGN KEY(plan_revision_id) REFERENCES plan_revision (id),
	CONSTRAINT fk_item_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id),
	CONSTRAINT fk_item_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id)
);

CREATE INDEX ix_item_before_start ON item (clinic_id, deadline_at, id) WHERE state = 'before_start';

CREATE INDEX ix_item_due ON item (clinic_id, due_on, id) WHERE kind = 'milestone' AND klass <> 'safety';

CREATE INDEX ix_item_escalation ON item (clinic_id, escalation_id) WHERE escalation_id IS NOT NULL;

CREATE INDEX ix_item_group ON item (clinic_id, group_id, state);

CREATE INDEX ix_item_lapsed ON item (clinic_id, deadline_at, id) WHERE state = 'lapsed';

CREATE INDEX ix_item_lead ON item (clinic_id, state, id) WHERE kind = 'lead_review';

CREATE INDEX ix_item_owner ON item (clinic_id, owner_staff_id, id) WHERE owner_staff_id IS NOT NULL;

CREATE INDEX ix_item_patient ON item (clinic_id, patient_id, state);

CREATE INDEX ix_item_policy ON item (clinic_id, policy_version, id) WHERE state IN ('waiting', 'ready');

CREATE INDEX ix_item_ready ON item (clinic_id, lane_id, band, deadline_at, id) WHERE state = 'ready';

CREATE INDEX ix_item_safety_due ON item (clinic_id, due_on, id) WHERE klass = 'safety';

CREATE INDEX ix_item_skipped ON item (clinic_id, skips, id) WHERE skips > 0 AND state IN ('waiting', 'ready', 'leased');

CREATE INDEX ix_item_unreachable ON item (clinic_id, deadline_at, id) WHERE state = 'unable_to_reach';

CREATE INDEX ix_item_wake ON item (clinic_id, next_change_at, id) WHERE next_change_at IS NOT NULL;

CREATE INDEX ix_item_windowless ON item (clinic_id, lane_id, band, deadline_at, id) WHERE state = 'ready' AND passes_windows;

CREATE UNIQUE INDEX uq_item_treatment_milestone ON item (clinic_id, treatment_id, milestone, due_on) WHERE treatment_id IS NOT NULL AND appointment_id IS NULL AND kind = 'milestone' AND milestone <> 'REMEASURE' AND state NOT IN ('superseded', 'cancelled');

CREATE UNIQUE INDEX uq_item_visit_milestone ON item (clinic_id, visit_id, milestone, due_on) WHERE visit_id IS NOT NULL AND treatment_id IS NULL AND appointment_id IS NULL AND kind = 'milestone' AND milestone <> 'REMEASURE' AND state NOT IN ('superseded', 'cancelled');

CREATE TABLE observation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	treatment_id BIGINT,
	call_id BIGINT,
	code TEXT NOT NULL,
	value TEXT NOT NULL,
	number FLOAT,
	at BIGINT NOT NULL,
	CONSTRAINT fk_observation_call_id FOREIGN KEY(call_id) REFERENCES call (id),
	CONSTRAINT fk_observation_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_observation_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_observation_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id)
);

CREATE INDEX ix_observation_clinic_id_call_id ON observation (clinic_id, call_id);

CREATE INDEX ix_observation_clinic_id_patient_id_code_at ON observation (clinic_id, patient_id, code, at);

CREATE TABLE patient (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	external_id TEXT,
	group_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	pinyin TEXT NOT NULL,
	sex TEXT,
	born_on DATE,
	member_tier TEXT,
	language TEXT NOT NULL,
	lives_alone BOOLEAN DEFAULT FALSE NOT NULL,
	preferred_hours TEXT,
	local_until DATE,
	deceased_on DATE,
	legal_hold BOOLEAN DEFAULT FALSE NOT NULL,
	owner_staff_id BIGINT,
	consultant TEXT,
	notes TEXT,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL, merged_into BIGINT,
	CONSTRAINT ck_patient_language CHECK (language IN ('zh', 'en')),
	CONSTRAINT fk_patient_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_patient_group_id FOREIGN KEY(group_id) REFERENCES contact_group (id),
	CONSTRAINT fk_patient_owner_staff_id FOREIGN KEY(owner_staff_id) REFERENCES staff (id),
	CONSTRAINT uq_patient_clinic_id_external_id UNIQUE (clinic_id, external_id)
);

CREATE INDEX ix_patient_clinic_id_group_id ON patient (clinic_id, group_id);

CREATE INDEX ix_patient_clinic_id_pinyin ON patient (clinic_id, pinyin);

CREATE INDEX ix_patient_merged ON patient (clinic_id, merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE "patient_search" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	"key" TEXT NOT NULL,
	CONSTRAINT ck_patient_search_kind CHECK (kind IN ('name', 'part', 'pinyin', 'initials', 'digits')),
	CONSTRAINT fk_patient_search_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_patient_search_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_patient_search_clinic_id_kind_key_patient_id ON patient_search (clinic_id, kind, "key", patient_id);

CREATE INDEX ix_patient_search_clinic_id_patient_id ON patient_search (clinic_id, patient_id);

CREATE TABLE phone (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	contact_person_id BIGINT,
	e164 TEXT NOT NULL,
	kind TEXT NOT NULL,
	rank INTEGER NOT NULL,
	status TEXT NOT NULL,
	suspended_until BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT ck_phone_kind CHECK (kind IN ('mobile', 'landline', 'other')),
	CONSTRAINT ck_phone_status CHECK (status IN ('live', 'suspended', 'dead')),
	CONSTRAINT fk_phone_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_phone_contact_person_id FOREIGN KEY(contact_person_id) REFERENCES contact_person (id),
	CONSTRAINT fk_phone_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_phone_clinic_id_e164 ON phone (clinic_id, e164);

CREATE INDEX ix_phone_clinic_id_patient_id_rank ON phone (clinic_id, patient_id, rank);

CREATE TABLE plan_revision (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	treatment_id BIGINT,
	visit_id BIGINT,
	number INTEGER NOT NULL,
	reason TEXT NOT NULL,
	staff_id BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT fk_plan_revision_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_plan_revision_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_plan_revision_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
	CONSTRAINT fk_plan_revision_treatment_id FOREIGN KEY(treatment_id) REFERENCES treatment (id),
	CONSTRAINT fk_plan_revision_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id)
);

CREATE INDEX ix_plan_revision_clinic_id_patient_id_number ON plan_revision (clinic_id, patient_id, number);

CREATE TABLE policy_version (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	number INTEGER NOT NULL,
	document TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	author BIGINT,
	valid_from BIGINT NOT NULL,
	created_at BIGINT NOT NULL, public_days TEXT,
	CONSTRAINT fk_policy_version_author FOREIGN KEY(author) REFERENCES staff (id),
	CONSTRAINT fk_policy_version_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_policy_version_clinic_id_number UNIQUE (clinic_id, number)
);

CREATE TRIGGER policy_version_no_delete BEFORE DELETE ON policy_version BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER policy_version_no_update BEFORE UPDATE ON policy_version BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE practice_result (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	scenario TEXT NOT NULL,
	score INTEGER NOT NULL,
	"of" INTEGER NOT NULL,
	at BIGINT NOT NULL,
	document TEXT NOT NULL,
	CONSTRAINT fk_practice_result_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_practice_result_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_practice_result_clinic_id_staff_id_at ON practice_result (clinic_id, staff_id, at);

CREATE TABLE procedure_alias (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	word TEXT NOT NULL,
	procedure TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT fk_procedure_alias_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_procedure_alias_clinic_id_word UNIQUE (clinic_id, word)
);

CREATE TABLE promise (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	mine_staff_id BIGINT,
	what TEXT NOT NULL,
	made_by BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	call_id BIGINT,
	status TEXT NOT NULL,
	CONSTRAINT ck_promise_status CHECK (status IN ('open', 'kept', 'missed', 'cancelled')),
	CONSTRAINT fk_promise_call_id FOREIGN KEY(call_id) REFERENCES call (id),
	CONSTRAINT fk_promise_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_promise_item_id FOREIGN KEY(item_id) REFERENCES item (id),
	CONSTRAINT fk_promise_made_by FOREIGN KEY(made_by) REFERENCES staff (id),
	CONSTRAINT fk_promise_mine_staff_id FOREIGN KEY(mine_staff_id) REFERENCES staff (id),
	CONSTRAINT fk_promise_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_promise_clinic_id_item_id ON promise (clinic_id, item_id);

CREATE INDEX ix_promise_clinic_id_patient_id_status ON promise (clinic_id, patient_id, status);

CREATE INDEX ix_promise_open ON promise (clinic_id, at, id) WHERE status = 'open';

CREATE TABLE refused_row (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	batch_id BIGINT NOT NULL,
	digest TEXT NOT NULL,
	row_number INTEGER NOT NULL,
	col TEXT,
	code TEXT NOT NULL,
	value TEXT DEFAULT '' NOT NULL,
	message TEXT DEFAULT '' NOT NULL,
	cells TEXT DEFAULT '[]' NOT NULL,
	operated_on DATE,
	status TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT ck_refused_row_status CHECK (status IN ('open', 'replayed', 'dismissed')),
	CONSTRAINT fk_refused_row_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id),
	CONSTRAINT fk_refused_row_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_refused_row_clinic_id_digest UNIQUE (clinic_id, digest)
);

CREATE INDEX ix_refused_row_clinic_id_status_operated_on ON refused_row (clinic_id, status, operated_on);

CREATE TABLE remedy (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	criterion TEXT NOT NULL,
	cents INTEGER,
	note TEXT DEFAULT '' NOT NULL,
	proposed_by BIGINT NOT NULL,
	proposed_at BIGINT NOT NULL,
	approved INTEGER,
	decided_by BIGINT,
	decided_at BIGINT,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT ck_remedy_kind CHECK (kind IN ('explanation', 'care_product', 'skin_treatment', 'medicine', 'revision', 'redo', 'transfer_balance', 'refund', 'other')),
	CONSTRAINT fk_remedy_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_remedy_decided_by FOREIGN KEY(decided_by) REFERENCES staff (id),
	CONSTRAINT fk_remedy_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT fk_remedy_proposed_by FOREIGN KEY(proposed_by) REFERENCES staff (id)
);

CREATE INDEX ix_remedy_clinic_id_escalation_id ON remedy (clinic_id, escalation_id);

CREATE TABLE report_duty (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	category TEXT NOT NULL,
	known_at BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	decided_by BIGINT NOT NULL,
	decided_at BIGINT NOT NULL,
	breached_at BIGINT,
	reported_at BIGINT,
	reported_by BIGINT,
	reported_to TEXT,
	replaced_at BIGINT,
	CONSTRAINT ck_report_duty_kind CHECK (kind IN ('adverse_event', 'device_event')),
	CONSTRAINT fk_report_duty_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_report_duty_decided_by FOREIGN KEY(decided_by) REFERENCES staff (id),
	CONSTRAINT fk_report_duty_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT fk_report_duty_reported_by FOREIGN KEY(reported_by) REFERENCES staff (id)
);

CREATE INDEX ix_report_duty_clinic_id_escalation_id ON report_duty (clinic_id, escalation_id);

CREATE INDEX ix_report_duty_open ON report_duty (clinic_id, due_at, id) WHERE reported_at IS NULL AND replaced_at IS NULL;

CREATE TABLE report_signoff (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	day DATE NOT NULL,
	staff_id BIGINT NOT NULL,
	signed_at BIGINT NOT NULL,
	figures TEXT NOT NULL,
	CONSTRAINT fk_report_signoff_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_report_signoff_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_report_signoff_clinic_id_day ON report_signoff (clinic_id, day);

CREATE TABLE review_draw (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	day DATE NOT NULL,
	drawn_at BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	seed TEXT NOT NULL,
	calls INTEGER DEFAULT 0 NOT NULL,
	drawn INTEGER DEFAULT 0 NOT NULL,
	document TEXT NOT NULL,
	CONSTRAINT fk_review_draw_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_review_draw_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
	CONSTRAINT uq_review_draw_clinic_id_day UNIQUE (clinic_id, day)
);

CREATE TABLE review_score (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	call_review_id BIGINT NOT NULL,
	number INTEGER NOT NULL,
	reviewer_id BIGINT NOT NULL,
	scored_at BIGINT NOT NULL,
	document TEXT NOT NULL,
	score INTEGER NOT NULL,
	"of" INTEGER NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	training TEXT DEFAULT '[]' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT fk_review_score_call_review_id FOREIGN KEY(call_review_id) REFERENCES call_review (id),
	CONSTRAINT fk_review_score_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_review_score_reviewer_id FOREIGN KEY(reviewer_id) REFERENCES staff (id),
	CONSTRAINT uq_review_score_clinic_id_call_review_id_number UNIQUE (clinic_id, call_review_id, number)
);

CREATE TABLE script_release (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	number INTEGER NOT NULL,
	document TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	status TEXT NOT NULL,
	approved_by BIGINT,
	approved_at BIGINT,
	review_by DATE,
	note TEXT DEFAULT '' NOT NULL,
	author BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT ck_script_release_status CHECK (status IN ('draft', 'approved', 'retired')),
	CONSTRAINT fk_script_release_approved_by FOREIGN KEY(approved_by) REFERENCES staff (id),
	CONSTRAINT fk_script_release_author FOREIGN KEY(author) REFERENCES staff (id),
	CONSTRAINT fk_script_release_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_script_release_clinic_id_number UNIQUE (clinic_id, number)
);

CREATE TABLE seat (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	role TEXT NOT NULL,
	label TEXT DEFAULT '' NOT NULL,
	opened_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	closed_at BIGINT,
	CONSTRAINT ck_seat_role CHECK (role IN ('caller', 'nurse', 'doctor', 'consultant', 'lead', 'trainee')),
	CONSTRAINT fk_seat_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_seat_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE INDEX ix_seat_clinic_id_staff_id_closed_at ON seat (clinic_id, staff_id, closed_at);

CREATE TABLE service_case (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	escalation_id BIGINT NOT NULL,
	klass TEXT,
	process_stage TEXT,
	request_type TEXT,
	channel TEXT NOT NULL,
	received_at BIGINT NOT NULL,
	stage TEXT NOT NULL,
	criteria TEXT DEFAULT '[]' NOT NULL,
	surgery BOOLEAN DEFAULT FALSE NOT NULL,
	about_staff TEXT DEFAULT '[]' NOT NULL,
	about_words TEXT DEFAULT '' NOT NULL,
	demand TEXT DEFAULT '' NOT NULL,
	identity TEXT DEFAULT '[]' NOT NULL,
	visit TEXT DEFAULT '' NOT NULL,
	asker TEXT DEFAULT '' NOT NULL,
	severity_proposed TEXT NOT NULL,
	confirmed_by BIGINT,
	confirmed_at BIGINT,
	investigator_id BIGINT,
	clock_from BIGINT NOT NULL,
	replied_at BIGINT,
	replied_by BIGINT,
	cause TEXT DEFAULT '' NOT NULL,
	solution TEXT DEFAULT '' NOT NULL,
	solved_at BIGINT,
	solved_by BIGINT,
	answered_by BIGINT,
	answer_note TEXT DEFAULT '' NOT NULL,
	accepted TEXT,
	satisfaction INTEGER,
	no_satisfaction TEXT,
	surveyed_at BIGINT,
	surveyed_by BIGINT,
	pause_code TEXT,
	pause_note TEXT DEFAULT '' NOT NULL,
	paused_days INTEGER DEFAULT 0 NOT NULL,
	refund_asked_at BIGINT,
	round_no INTEGER NOT NULL,
	CONSTRAINT ck_service_case_channel CHECK (channel IN ('phone', 'walk_in', 'wecom', 'online', 'email', 'sms', 'letter')),
	CONSTRAINT ck_service_case_klass CHECK (klass IN ('attitude', 'clinical_quality', 'process', 'price', 'privacy', 'other')),
	CONSTRAINT ck_service_case_process_stage CHECK (process_stage IN ('consultation', 'booking', 'surgery', 'recovery')),
	CONSTRAINT ck_service_case_request_type CHECK (request_type IN ('inquiry', 'booking', 'suggestion', 'other')),
	CONSTRAINT ck_service_case_severity_proposed CHECK (severity_proposed IN ('minor', 'moderate', 'severe')),
	CONSTRAINT ck_service_case_stage CHECK (stage IN ('new', 'first_reply', 'investigating', 'solved', 'told_back', 'surveyed', 'closed')),
	CONSTRAINT fk_service_case_answered_by FOREIGN KEY(answered_by) REFERENCES staff (id),
	CONSTRAINT fk_service_case_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_service_case_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES staff (id),
	CONSTRAINT fk_service_case_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalation (id),
	CONSTRAINT fk_service_case_investigator_id FOREIGN KEY(investigator_id) REFERENCES staff (id),
	CONSTRAINT fk_service_case_replied_by FOREIGN KEY(replied_by) REFERENCES staff (id),
	CONSTRAINT fk_service_case_solved_by FOREIGN KEY(solved_by) REFERENCES staff (id),
	CONSTRAINT fk_service_case_surveyed_by FOREIGN KEY(surveyed_by) REFERENCES staff (id),
	CONSTRAINT uq_service_case_clinic_id_escalation_id UNIQUE (clinic_id, escalation_id)
);

CREATE TABLE staff (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	login TEXT NOT NULL,
	name TEXT NOT NULL,
	roles TEXT DEFAULT '[]' NOT NULL,
	languages TEXT DEFAULT '[]' NOT NULL,
	pin_hash TEXT NOT NULL,
	must_change_pin BOOLEAN DEFAULT FALSE NOT NULL,
	failed_pins INTEGER DEFAULT 0 NOT NULL,
	locked_until BIGINT,
	on_duty BOOLEAN DEFAULT FALSE NOT NULL,
	restricted_ok BOOLEAN DEFAULT FALSE NOT NULL,
	phone TEXT,
	retired_at BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT fk_staff_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT uq_staff_clinic_id_login UNIQUE (clinic_id, login)
);

CREATE TABLE treatment (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	visit_id BIGINT,
	procedure TEXT NOT NULL,
	site TEXT DEFAULT '' NOT NULL,
	side TEXT,
	performed_on DATE NOT NULL,
	surgeon TEXT,
	anaesthesia TEXT,
	implant TEXT,
	orders TEXT,
	stitches_on DATE,
	splint_on DATE,
	inpatient BOOLEAN DEFAULT FALSE NOT NULL,
	discharge_on DATE,
	revision_of BIGINT,
	superseded_at BIGINT,
	first_known_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL, planned BOOLEAN DEFAULT FALSE NOT NULL,
	CONSTRAINT fk_treatment_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_treatment_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT fk_treatment_revision_of FOREIGN KEY(revision_of) REFERENCES treatment (id),
	CONSTRAINT fk_treatment_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id),
	CONSTRAINT uq_treatment_clinic_id_patient_id_procedure_performed_on_site UNIQUE (clinic_id, patient_id, procedure, performed_on, site)
);

CREATE INDEX ix_treatment_clinic_id_performed_on ON treatment (clinic_id, performed_on);

CREATE INDEX ix_treatment_unplanned ON treatment (clinic_id, performed_on, id) WHERE NOT planned AND superseded_at IS NULL;

CREATE TABLE treatment_cycle (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	status TEXT NOT NULL,
	opened_on DATE NOT NULL,
	closed_on DATE,
	CONSTRAINT fk_treatment_cycle_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_treatment_cycle_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_treatment_cycle_clinic_id_patient_id_status ON treatment_cycle (clinic_id, patient_id, status);

CREATE TABLE visit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	clinic_id BIGINT NOT NULL,
	patient_id BIGINT NOT NULL,
	visited_on DATE NOT NULL,
	kind TEXT NOT NULL,
	interest TEXT,
	interest_procedure TEXT,
	consultant TEXT,
	created_at BIGINT NOT NULL,
	CONSTRAINT ck_visit_kind CHECK (kind IN ('converted', 'unconverted', 'not_arrived', 'broken_off')),
	CONSTRAINT fk_visit_clinic_id FOREIGN KEY(clinic_id) REFERENCES clinic (id),
	CONSTRAINT fk_visit_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
	CONSTRAINT uq_visit_clinic_id_patient_id_visited_on_kind UNIQUE (clinic_id, patient_id, visited_on, kind)
);

