CREATE INDEX ask_line_by_verdict ON ask_line (run_id, verdict);

CREATE INDEX attempt_by_rule ON attempt (rule, who, at);

CREATE INDEX booking_by_decision ON booking (decided_at, state);

CREATE INDEX booking_by_host_and_time ON booking (host_id, starts_at);

CREATE INDEX booking_by_host_state_and_time ON booking (host_id, state, starts_at);

CREATE INDEX booking_to_erase ON booking (ends_at) WHERE name <> '';

CREATE INDEX busy_by_host_and_time ON busy (host_id, starts_at);

CREATE INDEX calendar_object_warned ON calendar_object (calendar_id) WHERE warning <> '';

CREATE INDEX contact_by_change ON contact (changed_at, id);

CREATE INDEX contact_value_by_exposed ON contact_value (field_id, exposed);

CREATE INDEX gate_log_by_contact ON gate_log (contact_id, at);

CREATE INDEX holds_by_deadline ON booking (hold_until) WHERE state = 'held';

CREATE INDEX ix_account_host_id ON account (host_id);

CREATE INDEX ix_address_change_changed_at ON address_change (changed_at);

CREATE INDEX ix_address_change_person_id ON address_change (person_id);

CREATE INDEX ix_api_token_person_id ON api_token (person_id);

CREATE INDEX ix_attempt_at ON attempt (at);

CREATE INDEX ix_audit_at ON audit (at);

CREATE INDEX ix_booking_mailbox ON booking (mailbox);

CREATE INDEX ix_booking_meeting_type_id ON booking (meeting_type_id);

CREATE INDEX ix_booking_tick_entry_id ON booking_tick (entry_id);

CREATE INDEX ix_busy_calendar_id ON busy (calendar_id);

CREATE INDEX ix_calendar_account_id ON calendar (account_id);

CREATE INDEX ix_calendar_host_id ON calendar (host_id);

CREATE INDEX ix_calendar_object_uid ON calendar_object (uid);

CREATE INDEX ix_calendar_pull_at ON calendar (pull_at);

CREATE INDEX ix_change_at ON change (at);

CREATE INDEX ix_contact_link_contact_id ON contact_link (contact_id);

CREATE INDEX ix_contact_mailbox ON contact (mailbox);

CREATE INDEX ix_contact_mailbox_mark ON contact (mailbox_mark);

CREATE INDEX ix_contact_merged_into ON contact (merged_into);

CREATE INDEX ix_contact_phone ON contact (phone);

CREATE INDEX ix_contact_phone_mark ON contact (phone_mark);

CREATE INDEX ix_disclosure_subject_id ON disclosure (subject_id);

CREATE INDEX ix_disclosure_until ON disclosure (until);

CREATE INDEX ix_follow_up_host_id ON follow_up (host_id);

CREATE INDEX ix_follow_up_purpose ON follow_up (purpose);

CREATE INDEX ix_follow_up_told_contact_id ON follow_up_told (contact_id);

CREATE INDEX ix_gate_log_at ON gate_log (at);

CREATE INDEX ix_history_booking_id ON history (booking_id);

CREATE INDEX ix_known_browser_person_id ON known_browser (person_id);

CREATE INDEX ix_known_browser_seen_at ON known_browser (seen_at);

CREATE INDEX ix_ledger_detail_optin_id ON ledger_detail (optin_id);

CREATE INDEX ix_link_booking_id ON link (booking_id);

CREATE INDEX ix_mail_log_booking_id ON mail_log (booking_id);

CREATE INDEX ix_mail_log_contact_id ON mail_log (contact_id);

CREATE INDEX ix_mail_log_outbox_id ON mail_log (outbox_id);

CREATE INDEX ix_meeting_type_host_id ON meeting_type (host_id);

CREATE INDEX ix_message_contact_id ON message (contact_id);

CREATE INDEX ix_message_line_contact_id ON message_line (contact_id);

CREATE INDEX ix_one_time_link_host_id ON one_time_link (host_id);

CREATE INDEX ix_outbox_lane ON outbox (lane);

CREATE INDEX ix_pending_change_contact_id ON pending_change (contact_id);

CREATE INDEX ix_pending_change_field_id ON pending_change (field_id);

CREATE INDEX ix_pending_change_until ON pending_change (until);

CREATE INDEX ix_picture_name ON picture (name);

CREATE INDEX ix_privacy_request_contact_id ON privacy_request (contact_id);

CREATE INDEX ix_privacy_request_due_at ON privacy_request (due_at);

CREATE INDEX ix_question_booking_id ON question (booking_id);

CREATE INDEX ix_question_contact_id ON question (contact_id);

CREATE INDEX ix_question_mail_at ON question (mail_at);

CREATE INDEX ix_question_until ON question (until);

CREATE INDEX ix_recovery_code_person_id ON recovery_code (person_id);

CREATE INDEX ix_reservation_booking_id ON reservation (booking_id);

CREATE INDEX ix_reservation_calendar_id ON reservation (calendar_id);

CREATE INDEX ix_reveal_at ON reveal (at);

CREATE INDEX ix_second_step_ends_at ON second_step (ends_at);

CREATE INDEX ix_second_step_person_id ON second_step (person_id);

CREATE INDEX ix_session_person_id ON session (person_id);

CREATE INDEX ix_session_seen_at ON session (seen_at);

CREATE INDEX ix_sign_in_asked_at ON sign_in (asked_at);

CREATE INDEX ix_sign_in_person_id ON sign_in (person_id);

CREATE INDEX ix_stretch_booking_id ON stretch (booking_id);

CREATE INDEX ix_stretch_reservation_id ON stretch (reservation_id);

CREATE INDEX ix_vault_mark ON vault (mark);

CREATE INDEX ix_vault_until ON vault (until);

CREATE INDEX ledger_detail_by_source ON ledger_detail (source, given_on);

CREATE INDEX ledger_entry_by_question ON ledger_entry (purpose, act, contact_id) WHERE act = 'asked' OR act = 'confirmed';

CREATE INDEX mail_log_by_time ON mail_log (at, id);

CREATE INDEX message_line_by_outcome ON message_line (message_id, outcome);

CREATE UNIQUE INDEX one_contact_per_address ON contact (address_key) WHERE address_key <> '';

CREATE UNIQUE INDEX one_contact_per_phone ON contact (phone) WHERE address_key = '' AND phone <> '';

CREATE INDEX outbox_done ON outbox (kind, done_at) WHERE done_at IS NOT NULL;

CREATE INDEX outbox_due ON outbox (due_at) WHERE done_at IS NULL AND dead_at IS NULL;

CREATE INDEX outbox_open ON outbox (lane) WHERE done_at IS NULL;

CREATE INDEX reservation_unshown ON reservation (calendar_id) WHERE unshown > 0;

CREATE INDEX reveal_by_contact ON reveal (contact_id, at);

CREATE INDEX standing_by_purpose ON standing (purpose, basis, contact_id);

CREATE INDEX standing_stopped ON standing (purpose, contact_id) WHERE stopped_at IS NOT NULL;

CREATE INDEX stretch_by_host_and_time ON stretch (host_id, starts_at);

CREATE INDEX stretch_by_release ON stretch (host_id, hold_until) WHERE hold_until IS NOT NULL;

CREATE TABLE account (
	id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	"key" VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	username VARCHAR NOT NULL, 
	password VARCHAR NOT NULL, 
	auth VARCHAR NOT NULL, 
	paused_until DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	CONSTRAINT one_account_per_key UNIQUE (host_id, "key")
);

CREATE TABLE address_change (
	id CHAR(32) NOT NULL, 
	person_id CHAR(32) NOT NULL, 
	"before" VARCHAR NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE api_token (
	id CHAR(32) NOT NULL, 
	hash VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	person_id CHAR(32) NOT NULL, 
	scopes JSON NOT NULL, 
	"by" VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	used_at DATETIME, 
	revoked_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id), 
	UNIQUE (hash)
);

CREATE TABLE ask_line (
	run_id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	verdict VARCHAR NOT NULL, 
	entry_id CHAR(32), 
	PRIMARY KEY (run_id, contact_id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id), 
	FOREIGN KEY(run_id) REFERENCES ask_run (id)
);

CREATE TABLE ask_run (
	id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	made_at DATETIME NOT NULL, 
	made_by VARCHAR NOT NULL, 
	called VARCHAR NOT NULL, 
	among JSON NOT NULL, 
	reason VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	PRIMARY KEY (id)
);

CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	rule VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	act VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	"before" VARCHAR NOT NULL, 
	"after" VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	agent VARCHAR NOT NULL, 
	network VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE block (
	mailbox VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (mailbox)
);

CREATE TABLE booking (
	id CHAR(32) NOT NULL, 
	public_id VARCHAR NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	meeting_type_id CHAR(32) NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	state VARCHAR NOT NULL, 
	hold_until DATETIME NOT NULL, 
	awaits JSON NOT NULL, 
	name VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	mailbox VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	guests JSON NOT NULL, 
	answers JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	decided_at DATETIME NOT NULL, 
	revision INTEGER NOT NULL, 
	sequence INTEGER NOT NULL, 
	generation INTEGER NOT NULL, 
	moves INTEGER NOT NULL, 
	resends INTEGER NOT NULL, 
	asked BOOLEAN NOT NULL, 
	invited JSON NOT NULL, 
	owed JSON NOT NULL, 
	conflicted BOOLEAN NOT NULL, 
	reserves BOOLEAN NOT NULL, 
	network VARCHAR NOT NULL, 
	cancelled_by VARCHAR, 
	cause VARCHAR, 
	reason VARCHAR NOT NULL, 
	successor_id CHAR(32), 
	reminders BOOLEAN NOT NULL, 
	form_key VARCHAR, vouched BOOLEAN DEFAULT 0 NOT NULL, offered_starts_at DATETIME, offered_ends_at DATETIME, sealed JSON DEFAULT '[]' NOT NULL, test BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	FOREIGN KEY(meeting_type_id) REFERENCES meeting_type (id), 
	CONSTRAINT one_booking_per_form UNIQUE (host_id, form_key), 
	UNIQUE (public_id)
);

CREATE TABLE booking_field (
	booking_id CHAR(32) NOT NULL, 
	question VARCHAR NOT NULL, 
	field VARCHAR NOT NULL, 
	given_at DATETIME NOT NULL, 
	proven_at DATETIME, left_out VARCHAR DEFAULT '' NOT NULL, left_out_at DATETIME, 
	PRIMARY KEY (booking_id, question), 
	FOREIGN KEY(booking_id) REFERENCES booking (id)
);

CREATE TABLE booking_tick (
	booking_id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	wording BLOB NOT NULL, 
	entry_id CHAR(32), 
	PRIMARY KEY (booking_id, purpose), 
	FOREIGN KEY(booking_id) REFERENCES booking (id)
);

CREATE TABLE busy (
	id INTEGER NOT NULL, 
	calendar_id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	uid VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(calendar_id) REFERENCES calendar (id)
);

CREATE TABLE calendar (
	id CHAR(32) NOT NULL, 
	account_id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	url VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	conflicts BOOLEAN NOT NULL, 
	target BOOLEAN NOT NULL, 
	capabilities JSON NOT NULL, 
	token VARCHAR, 
	token_version INTEGER NOT NULL, 
	window_start DATETIME, 
	window_end DATETIME, 
	pulled_at DATETIME, 
	failing_since DATETIME, 
	failure VARCHAR NOT NULL, 
	failure_text VARCHAR NOT NULL, 
	told_at DATETIME, 
	pull_at DATETIME, 
	pull_lease_until DATETIME, 
	doubtful_since DATETIME, left_out_until DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	CONSTRAINT one_calendar_per_address UNIQUE (account_id, url)
);

CREATE TABLE calendar_object (
	calendar_id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	etag VARCHAR, 
	uid VARCHAR, 
	ours BOOLEAN NOT NULL, 
	revision INTEGER, 
	starts_at DATETIME, 
	ends_at DATETIME, 
	warning VARCHAR NOT NULL, 
	PRIMARY KEY (calendar_id, name), 
	FOREIGN KEY(calendar_id) REFERENCES calendar (id)
);

CREATE TABLE change (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	"before" VARCHAR, 
	"after" VARCHAR, page BOOLEAN DEFAULT 0 NOT NULL, reason VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE connecting (
	id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	provider VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	username VARCHAR NOT NULL, 
	password VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	started_at DATETIME NOT NULL, 
	steps JSON NOT NULL, 
	failure VARCHAR NOT NULL, 
	failure_text VARCHAR NOT NULL, 
	account_url VARCHAR NOT NULL, 
	found JSON NOT NULL, 
	choice JSON NOT NULL, 
	target_id CHAR(32), 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	FOREIGN KEY(target_id) REFERENCES calendar (id), 
	UNIQUE (host_id)
);

CREATE TABLE consent_import (
	id CHAR(32) NOT NULL, 
	made_at DATETIME NOT NULL, 
	made_by VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	file_hash VARCHAR NOT NULL, 
	mapping JSON NOT NULL, 
	state VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE contact (
	id CHAR(32) NOT NULL, 
	address VARCHAR NOT NULL, 
	address_key VARCHAR NOT NULL, 
	mailbox VARCHAR NOT NULL, 
	phone VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	mailbox_mark VARCHAR NOT NULL, 
	phone_mark VARCHAR NOT NULL, 
	generation INTEGER NOT NULL, 
	merged_into CHAR(32), 
	made_at DATETIME NOT NULL, 
	proven_at DATETIME, 
	stopped_at DATETIME, 
	erased_at DATETIME, phone_set_at DATETIME, changed_at DATETIME DEFAULT '1970-01-01 00:00:00.000000' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(merged_into) REFERENCES contact (id)
);

CREATE TABLE contact_link (
	hash VARCHAR NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	generation INTEGER NOT NULL, 
	about JSON NOT NULL, 
	until DATETIME, 
	PRIMARY KEY (hash), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE contact_value (
	contact_id CHAR(32) NOT NULL, 
	field_id CHAR(32) NOT NULL, 
	value VARCHAR NOT NULL, 
	sealed VARCHAR NOT NULL, 
	exposed VARCHAR NOT NULL, 
	locked BOOLEAN NOT NULL, set_at DATETIME, answered BOOLEAN DEFAULT 0 NOT NULL, own_at DATETIME, 
	PRIMARY KEY (contact_id, field_id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id), 
	FOREIGN KEY(field_id) REFERENCES profile_field (id)
);

CREATE TABLE counted (
	id INTEGER NOT NULL, 
	history_id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE credential (
	person_id CHAR(32) NOT NULL, 
	password VARCHAR, 
	password_set_at DATETIME, totp VARCHAR, totp_set_at DATETIME, totp_step INTEGER, 
	PRIMARY KEY (person_id), 
	FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE disclosure (
	id CHAR(32) NOT NULL, 
	subject_id CHAR(32) NOT NULL, 
	receiver VARCHAR NOT NULL, 
	purpose VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	arrived BOOLEAN NOT NULL, 
	until DATETIME, 
	PRIMARY KEY (id)
);

CREATE TABLE follow_up (
	id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	secret VARCHAR NOT NULL, 
	old_secret VARCHAR NOT NULL, 
	old_until DATETIME, 
	made_at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, audience VARCHAR DEFAULT 'webhook' NOT NULL, address VARCHAR DEFAULT '' NOT NULL, failures INTEGER DEFAULT '0' NOT NULL, rests_until DATETIME, taken_until DATETIME, failing_since DATETIME, error VARCHAR DEFAULT '' NOT NULL, host_id CHAR(32), 
	PRIMARY KEY (id)
);

CREATE TABLE follow_up_told (
	follow_up_id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (follow_up_id, contact_id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id), 
	FOREIGN KEY(follow_up_id) REFERENCES follow_up (id) ON DELETE CASCADE
);

CREATE TABLE gate_log (
	id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	use VARCHAR NOT NULL, 
	purpose VARCHAR NOT NULL, 
	passed BOOLEAN NOT NULL, 
	why VARCHAR NOT NULL, 
	entry_id CHAR(32), 
	PRIMARY KEY (id)
);

CREATE TABLE history (
	id INTEGER NOT NULL, 
	booking_id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	what VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	detail JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(booking_id) REFERENCES booking (id)
);

CREATE TABLE host (
	id CHAR(32) NOT NULL, 
	slug VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	hours JSON NOT NULL, 
	overrides JSON NOT NULL, 
	per_day INTEGER, 
	per_week INTEGER, 
	listed BOOLEAN NOT NULL, 
	active BOOLEAN NOT NULL, 
	offers_version INTEGER NOT NULL, holidays JSON DEFAULT '{}' NOT NULL, accent VARCHAR DEFAULT '' NOT NULL, welcome VARCHAR DEFAULT '' NOT NULL, paused_until DATE, left_at DATETIME, picture VARCHAR DEFAULT '' NOT NULL, hold_mark VARCHAR DEFAULT '⏳' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (slug)
);

CREATE TABLE identity (
	id CHAR(32) NOT NULL, 
	person_id CHAR(32) NOT NULL, 
	issuer VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	linked_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT one_person_per_identity UNIQUE (issuer, subject), 
	CONSTRAINT one_identity_per_provider UNIQUE (person_id, issuer)
);

CREATE TABLE import_line (
	import_id CHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	"values" JSON NOT NULL, 
	verdict VARCHAR NOT NULL, 
	entry_id CHAR(32), 
	PRIMARY KEY (import_id, number), 
	FOREIGN KEY(import_id) REFERENCES consent_import (id)
);

CREATE TABLE known_browser (
	id CHAR(32) NOT NULL, 
	hash VARCHAR, 
	person_id CHAR(32) NOT NULL, 
	agent VARCHAR NOT NULL, 
	network VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id), 
	UNIQUE (hash)
);

CREATE TABLE ledger_detail (
	entry_id CHAR(32) NOT NULL, 
	salt BLOB NOT NULL, 
	body TEXT NOT NULL, 
	source VARCHAR NOT NULL, 
	given_on DATE, 
	optin_id VARCHAR NOT NULL, 
	PRIMARY KEY (entry_id), 
	FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
);

CREATE TABLE ledger_entry (
	id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	purpose VARCHAR NOT NULL, 
	act VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	how VARCHAR NOT NULL, 
	implied BOOLEAN NOT NULL, 
	at DATETIME NOT NULL, 
	until DATETIME, 
	wording BLOB, 
	refers CHAR(32), 
	detail BLOB, 
	previous BLOB NOT NULL, 
	hash BLOB NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id), 
	CONSTRAINT one_entry_per_number UNIQUE (contact_id, number)
);

CREATE TABLE ledger_head (
	size INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	frontier BLOB NOT NULL, 
	at DATETIME NOT NULL, 
	anchor BLOB, 
	PRIMARY KEY (size)
);

CREATE TABLE ledger_leaf (
	position INTEGER NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
	leaf BLOB NOT NULL, 
	PRIMARY KEY (position), 
	UNIQUE (entry_id)
);

CREATE TABLE ledger_unsealed (
	entry_id CHAR(32) NOT NULL, 
	PRIMARY KEY (entry_id)
);

CREATE TABLE link (
	hash VARCHAR NOT NULL, 
	booking_id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	generation INTEGER NOT NULL, 
	guest VARCHAR NOT NULL, 
	PRIMARY KEY (hash), 
	FOREIGN KEY(booking_id) REFERENCES booking (id)
);

CREATE TABLE mail_log (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	answer VARCHAR NOT NULL, 
	tries INTEGER NOT NULL, 
	message_id VARCHAR NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	booking_id CHAR(32), 
	contact_id CHAR(32), 
	PRIMARY KEY (id)
);

CREATE TABLE mail_text (
	id INTEGER NOT NULL, 
	owner CHAR(32) NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	subject VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_text_per_version UNIQUE (owner, kind, name, language, version)
);

CREATE TABLE mail_text_choice (
	owner CHAR(32) NOT NULL, 
	kind VARCHAR NOT NULL, 
	"of" CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (owner, kind)
);

CREATE TABLE meeting_type (
	id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	slug VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	listed BOOLEAN NOT NULL, 
	rules JSON NOT NULL, 
	choices JSON NOT NULL, deleted BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	CONSTRAINT one_meeting_type_per_slug UNIQUE (host_id, slug)
);

CREATE TABLE message (
	id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	contact_id CHAR(32), 
	subject VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	made_at DATETIME NOT NULL, 
	made_by VARCHAR NOT NULL, 
	called VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	left_out JSON NOT NULL, 
	queued_at DATETIME, 
	ended_at DATETIME, kind VARCHAR DEFAULT 'message' NOT NULL, among JSON DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE message_line (
	message_id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	outcome VARCHAR NOT NULL, 
	why VARCHAR NOT NULL, 
	ended_at DATETIME, 
	PRIMARY KEY (message_id, contact_id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id), 
	FOREIGN KEY(message_id) REFERENCES message (id)
);

CREATE TABLE news_told (
	contact_id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	message_id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (contact_id, purpose), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE one_time_link (
	id CHAR(32) NOT NULL, 
	hash VARCHAR NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	meeting_type_id CHAR(32) NOT NULL, 
	note VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	revoked_at DATETIME, 
	booking_id CHAR(32), 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	FOREIGN KEY(meeting_type_id) REFERENCES meeting_type (id), 
	FOREIGN KEY(booking_id) REFERENCES booking (id), 
	UNIQUE (hash)
);

CREATE TABLE operation (
	name VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	detail JSON NOT NULL, 
	PRIMARY KEY (name)
);

CREATE TABLE organisation (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	imprint VARCHAR NOT NULL, 
	privacy VARCHAR NOT NULL, 
	contact VARCHAR NOT NULL, 
	languages JSON NOT NULL, 
	default_language VARCHAR NOT NULL, 
	doi_forced BOOLEAN NOT NULL, accent VARCHAR DEFAULT '' NOT NULL, consents JSON DEFAULT '{}' NOT NULL, policies JSON DEFAULT '{}' NOT NULL, logo VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	lane VARCHAR NOT NULL, 
	payload JSON NOT NULL, 
	due_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	leased_until DATETIME, 
	done_at DATETIME, 
	dead_at DATETIME, 
	error VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);

CREATE TABLE pending_change (
	id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	what VARCHAR NOT NULL, 
	payload JSON NOT NULL, 
	made_at DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	done_at DATETIME, field_id CHAR(32), value VARCHAR DEFAULT '' NOT NULL, sealed VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE person (
	id CHAR(32) NOT NULL, 
	email VARCHAR NOT NULL, 
	email_key VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	roles JSON NOT NULL, 
	permissions JSON NOT NULL, 
	host_id CHAR(32), 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	UNIQUE (email_key), 
	UNIQUE (host_id)
);

CREATE TABLE picture (
	owner CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (owner)
);

CREATE TABLE privacy_request (
	id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	kind VARCHAR NOT NULL, 
	mode VARCHAR NOT NULL, 
	made_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	done_at DATETIME, 
	done_by VARCHAR NOT NULL, delay VARCHAR DEFAULT '' NOT NULL, refusal VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE profile_field (
	id CHAR(32) NOT NULL, 
	slug VARCHAR NOT NULL, 
	labels JSON NOT NULL, 
	kind VARCHAR NOT NULL, 
	personal BOOLEAN NOT NULL, 
	sensitive BOOLEAN NOT NULL, 
	purpose VARCHAR NOT NULL, shown INTEGER DEFAULT '4' NOT NULL, editable BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (slug)
);

CREATE TABLE purpose (
	id CHAR(32) NOT NULL, 
	slug VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	field VARCHAR NOT NULL, 
	doi VARCHAR NOT NULL, 
	accepts VARCHAR NOT NULL, 
	implied BOOLEAN, 
	lasts INTEGER, 
	conditions JSON NOT NULL, 
	template VARCHAR NOT NULL, 
	reminder_template VARCHAR NOT NULL, 
	review_on DATE, 
	rules JSON NOT NULL, 
	active BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (slug)
);

CREATE TABLE question (
	entry_id CHAR(32) NOT NULL, 
	contact_id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	booking_id CHAR(32), 
	asked_at DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	mails INTEGER NOT NULL, 
	mail_at DATETIME, 
	PRIMARY KEY (entry_id), 
	FOREIGN KEY(booking_id) REFERENCES booking (id), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE recovery_code (
	hash VARCHAR NOT NULL, 
	person_id CHAR(32) NOT NULL, 
	PRIMARY KEY (hash), 
	FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE reservation (
	id CHAR(32) NOT NULL, 
	booking_id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	calendar_id CHAR(32), 
	uid VARCHAR NOT NULL, 
	href VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	times JSON NOT NULL, 
	summaries JSON NOT NULL, 
	base INTEGER, 
	etag VARCHAR, 
	seen BOOLEAN NOT NULL, 
	touched BOOLEAN NOT NULL, 
	missing_at DATETIME, 
	gone_at DATETIME, 
	mark INTEGER NOT NULL, 
	settled_mark INTEGER NOT NULL, 
	verdict VARCHAR, 
	beside_start DATETIME, 
	beside_end DATETIME, 
	requested_at DATETIME NOT NULL, 
	fence INTEGER NOT NULL, 
	lane_until DATETIME, 
	looks INTEGER NOT NULL, unshown INTEGER DEFAULT '0' NOT NULL, run VARCHAR, copy_calendar_id CHAR(32), copy_href VARCHAR DEFAULT '' NOT NULL, copy_etag VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(booking_id) REFERENCES booking (id), 
	FOREIGN KEY(calendar_id) REFERENCES calendar (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	UNIQUE (uid)
);

CREATE TABLE reveal (
	id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	contact_id CHAR(32), 
	"by" VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	why VARCHAR NOT NULL, press VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE second_step (
	id CHAR(32) NOT NULL, 
	hash VARCHAR NOT NULL, 
	person_id CHAR(32) NOT NULL, 
	way VARCHAR NOT NULL, 
	kept BOOLEAN NOT NULL, 
	ends_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id), 
	UNIQUE (hash)
);

CREATE TABLE session (
	id CHAR(32) NOT NULL, 
	hash VARCHAR NOT NULL, 
	person_id CHAR(32) NOT NULL, 
	kept BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	proved_at DATETIME NOT NULL, 
	agent VARCHAR NOT NULL, 
	network VARCHAR NOT NULL, second_at_provider BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id), 
	UNIQUE (hash)
);

CREATE TABLE sign_in (
	id CHAR(32) NOT NULL, 
	hash VARCHAR NOT NULL, 
	person_id CHAR(32), 
	email VARCHAR NOT NULL, 
	asked_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	used_at DATETIME, 
	agent VARCHAR NOT NULL, 
	onwards VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(person_id) REFERENCES person (id), 
	UNIQUE (hash)
);

CREATE TABLE standing (
	contact_id CHAR(32) NOT NULL, 
	purpose VARCHAR NOT NULL, 
	basis VARCHAR NOT NULL, 
	since DATETIME, 
	question VARCHAR NOT NULL, 
	until DATETIME, 
	entry_id CHAR(32), stopped_at DATETIME, 
	PRIMARY KEY (contact_id, purpose), 
	FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE statistic (
	host_id CHAR(32) NOT NULL, 
	on_date DATE NOT NULL, 
	meeting_type_id CHAR(32) NOT NULL, 
	what VARCHAR NOT NULL, 
	count INTEGER NOT NULL, 
	PRIMARY KEY (host_id, on_date, meeting_type_id, what), 
	FOREIGN KEY(host_id) REFERENCES host (id)
);

CREATE TABLE stretch (
	id INTEGER NOT NULL, 
	reservation_id CHAR(32) NOT NULL, 
	booking_id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	hold_until DATETIME, 
	overridden BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(reservation_id) REFERENCES reservation (id)
);

CREATE TABLE vault (
	id CHAR(32) NOT NULL, 
	mark VARCHAR NOT NULL, 
	until DATETIME NOT NULL, 
	key_id VARCHAR NOT NULL, 
	sealed BLOB NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE wording (
	hash BLOB NOT NULL, 
	purpose VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	texts TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	made_by VARCHAR NOT NULL, 
	PRIMARY KEY (hash), 
	CONSTRAINT one_wording_per_version UNIQUE (purpose, language, version)
);

CREATE TRIGGER ledger_detail_no_delete BEFORE DELETE ON ledger_detail WHEN NOT (EXISTS (SELECT 1 FROM ledger_entry AS own JOIN ledger_entry AS later ON later.contact_id = own.contact_id AND later.number > own.number WHERE own.id = OLD.entry_id AND later.act IN ('erased', 'forgotten'))) BEGIN SELECT RAISE(ABORT, 'ledger_detail_no_delete'); END;

CREATE TRIGGER ledger_detail_no_replace BEFORE INSERT ON ledger_detail WHEN EXISTS (SELECT 1 FROM ledger_detail WHERE entry_id = NEW.entry_id) BEGIN SELECT RAISE(ABORT, 'ledger_detail_no_replace'); END;

CREATE TRIGGER ledger_detail_no_update BEFORE UPDATE ON ledger_detail WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'ledger_detail_no_update'); END;

CREATE TRIGGER ledger_entry_follows BEFORE INSERT ON ledger_entry WHEN NOT ((NEW.number = 1 AND length(NEW.previous) = 0) OR EXISTS (SELECT 1 FROM ledger_entry AS before WHERE before.contact_id = NEW.contact_id AND before.number = NEW.number - 1 AND before.hash = NEW.previous AND before.at <= NEW.at)) BEGIN SELECT RAISE(ABORT, 'ledger_entry_follows'); END;

CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'ledger_entry_no_delete'); END;

CREATE TRIGGER ledger_entry_no_replace BEFORE INSERT ON ledger_entry WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id OR (contact_id = NEW.contact_id AND number = NEW.number)) BEGIN SELECT RAISE(ABORT, 'ledger_entry_no_replace'); END;

CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'ledger_entry_no_update'); END;

CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'ledger_head_no_delete'); END;

CREATE TRIGGER ledger_head_no_replace BEFORE INSERT ON ledger_head WHEN EXISTS (SELECT 1 FROM ledger_head WHERE size = NEW.size) BEGIN SELECT RAISE(ABORT, 'ledger_head_no_replace'); END;

CREATE TRIGGER ledger_head_no_update BEFORE UPDATE ON ledger_head WHEN NOT (OLD.anchor IS NULL AND NEW.anchor IS NOT NULL AND NEW.size = OLD.size AND NEW.root = OLD.root AND NEW.frontier = OLD.frontier AND NEW.at = OLD.at) BEGIN SELECT RAISE(ABORT, 'ledger_head_no_update'); END;

CREATE TRIGGER ledger_leaf_no_delete BEFORE DELETE ON ledger_leaf WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'ledger_leaf_no_delete'); END;

CREATE TRIGGER ledger_leaf_no_replace BEFORE INSERT ON ledger_leaf WHEN EXISTS (SELECT 1 FROM ledger_leaf WHERE position = NEW.position OR entry_id = NEW.entry_id) BEGIN SELECT RAISE(ABORT, 'ledger_leaf_no_replace'); END;

CREATE TRIGGER ledger_leaf_no_update BEFORE UPDATE ON ledger_leaf WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'ledger_leaf_no_update'); END;

CREATE TRIGGER stretch_excludes_insert BEFORE INSERT ON stretch WHEN NOT NEW.overridden BEGIN SELECT RAISE(ABORT, 'stretch_excludes') WHERE EXISTS (SELECT 1 FROM stretch AS other WHERE other.host_id = NEW.host_id AND other.reservation_id <> NEW.reservation_id AND NOT other.overridden AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at); END;

CREATE TRIGGER stretch_excludes_update BEFORE UPDATE ON stretch WHEN NOT NEW.overridden BEGIN SELECT RAISE(ABORT, 'stretch_excludes') WHERE EXISTS (SELECT 1 FROM stretch AS other WHERE other.host_id = NEW.host_id AND other.reservation_id <> NEW.reservation_id AND NOT other.overridden AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at); END;

CREATE TRIGGER wording_no_delete BEFORE DELETE ON wording WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'wording_no_delete'); END;

CREATE TRIGGER wording_no_replace BEFORE INSERT ON wording WHEN EXISTS (SELECT 1 FROM wording WHERE hash = NEW.hash OR (purpose = NEW.purpose AND language = NEW.language AND version = NEW.version)) BEGIN SELECT RAISE(ABORT, 'wording_no_replace'); END;

CREATE TRIGGER wording_no_update BEFORE UPDATE ON wording WHEN NOT (0) BEGIN SELECT RAISE(ABORT, 'wording_no_update'); END;
