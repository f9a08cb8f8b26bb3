CREATE INDEX attempt_by_rule ON attempt (rule, who, at);

CREATE INDEX booking_by_host_and_time ON booking (host_id, starts_at);

CREATE INDEX booking_to_erase ON booking (ends_at) WHERE name <> '';

CREATE INDEX busy_by_host_and_time ON busy (host_id, starts_at);

CREATE INDEX holds_by_deadline ON booking (hold_until) WHERE state = 'held';

CREATE INDEX ix_account_host_id ON account (host_id);

CREATE INDEX ix_attempt_at ON attempt (at);

CREATE INDEX ix_booking_mailbox ON booking (mailbox);

CREATE INDEX ix_booking_meeting_type_id ON booking (meeting_type_id);

CREATE INDEX ix_busy_calendar_id ON busy (calendar_id);

CREATE INDEX ix_calendar_account_id ON calendar (account_id);

CREATE INDEX ix_calendar_host_id ON calendar (host_id);

CREATE INDEX ix_calendar_object_uid ON calendar_object (uid);

CREATE INDEX ix_calendar_pull_at ON calendar (pull_at);

CREATE INDEX ix_change_at ON change (at);

CREATE INDEX ix_history_booking_id ON history (booking_id);

CREATE INDEX ix_link_booking_id ON link (booking_id);

CREATE INDEX ix_meeting_type_host_id ON meeting_type (host_id);

CREATE INDEX ix_outbox_lane ON outbox (lane);

CREATE INDEX ix_reservation_booking_id ON reservation (booking_id);

CREATE INDEX ix_reservation_calendar_id ON reservation (calendar_id);

CREATE INDEX ix_stretch_booking_id ON stretch (booking_id);

CREATE INDEX ix_stretch_reservation_id ON stretch (reservation_id);

CREATE INDEX outbox_due ON outbox (due_at) WHERE done_at IS NULL AND dead_at IS NULL;

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

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	rule VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
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
	form_key VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	FOREIGN KEY(meeting_type_id) REFERENCES meeting_type (id), 
	CONSTRAINT one_booking_per_form UNIQUE (host_id, form_key), 
	UNIQUE (public_id)
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
	doubtful_since DATETIME, 
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
	"after" VARCHAR, 
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
	offers_version INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (slug)
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

CREATE TABLE meeting_type (
	id CHAR(32) NOT NULL, 
	host_id CHAR(32) NOT NULL, 
	slug VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	listed BOOLEAN NOT NULL, 
	rules JSON NOT NULL, 
	choices JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	CONSTRAINT one_meeting_type_per_slug UNIQUE (host_id, slug)
);

CREATE TABLE organisation (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	imprint VARCHAR NOT NULL, 
	privacy VARCHAR NOT NULL, 
	contact VARCHAR NOT NULL, 
	languages JSON NOT NULL, 
	default_language VARCHAR NOT NULL, 
	doi_forced BOOLEAN NOT NULL, accent VARCHAR DEFAULT '' NOT NULL, 
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
	looks INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(booking_id) REFERENCES booking (id), 
	FOREIGN KEY(calendar_id) REFERENCES calendar (id), 
	FOREIGN KEY(host_id) REFERENCES host (id), 
	UNIQUE (uid)
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

CREATE TRIGGER stretch_excludes_insert BEFORE INSERT ON stretch WHEN NOT NEW.overridden BEGIN SELECT RAISE(ABORT, 'stretch_excludes') WHERE EXISTS (SELECT 1 FROM stretch AS other WHERE other.host_id = NEW.host_id AND other.reservation_id <> NEW.reservation_id AND NOT other.overridden AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at); END;

CREATE TRIGGER stretch_excludes_update BEFORE UPDATE ON stretch WHEN NOT NEW.overridden BEGIN SELECT RAISE(ABORT, 'stretch_excludes') WHERE EXISTS (SELECT 1 FROM stretch AS other WHERE other.host_id = NEW.host_id AND other.reservation_id <> NEW.reservation_id AND NOT other.overridden AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at); END;
