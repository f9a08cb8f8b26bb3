"""What lets a database spread hosts over several machines: keys and statements name the host, or it is said here why not."""

import re
from collections.abc import Iterator

from sqlalchemy import UniqueConstraint, event

from booking_service.crypto.tokens import LinkPurpose
from booking_service.storage.tables.metadata import METADATA
from tests.web.page_reader import look
from tests.web.site import Site

OURS = (
    "made by us at random or by a sequence: as a distributed table's key host_id stands beside it, and it stays unique"
)
WHOLE = "the organisation's or its people's: small, and copied to every machine"
CONTACT = "a contact's: distributed by the contact, which no booking is joined with"
SECRET = "a secret of a link or a browser, read before anybody knows whose it is: small, and copied to every machine"
OWNER = "by its owner, who is a host, the organisation, a calendar or a booking"
WORK = "of workers, in no request: each machine has its own"
ONE_ROW = "one row, by an id that its reader has from a row of the same host"
LINK = "one row, by the name or random id in the address of its page"
EVERY_HOST = "over all hosts on purpose, for a worker or a limit: each machine answers for its own, by an index"

KEYS = {
    OURS: "account.id booking.id busy.id calendar.id connecting.id history.id meeting_type.id one_time_link.id "
    "reservation.id stretch.id attempt.id audit.id change.id counted.id mail_log.id mail_text.id outbox.id",
    WHOLE: "block.mailbox host.id host.slug ledger_head.size ledger_leaf.entry_id ledger_leaf.position ledger_unsealed.entry_id "
    "operation.name organisation.id person.email_key person.id credential.person_id identity.id identity.issuer,subject identity.person_id,issuer api_token.id profile_field.id "
    "profile_field.slug purpose.id purpose.slug wording.hash wording.purpose,language,version vault.id",
    CONTACT: "contact.address_key contact.id contact.phone contact_value.contact_id,field_id ledger_entry.id "
    "ledger_entry.contact_id,number ledger_detail.entry_id message.id message_line.message_id,contact_id gate_log.id pending_change.id privacy_request.id "
    "question.entry_id reveal.id standing.contact_id,purpose consent_import.id import_line.import_id,number ask_run.id "
    "ask_line.run_id,contact_id follow_up.id follow_up_told.follow_up_id,contact_id "
    "news_told.contact_id,purpose disclosure.id",
    SECRET: "api_token.hash booking.public_id contact_link.hash known_browser.hash known_browser.id address_change.id link.hash "
    "one_time_link.hash reservation.uid recovery_code.hash second_step.hash second_step.id session.hash session.id sign_in.hash sign_in.id",
    OWNER: "mail_text.owner,kind,name,language,version mail_text_choice.owner,kind picture.owner "
    "calendar.account_id,url calendar_object.calendar_id,name booking_tick.booking_id,purpose booking_field.booking_id,question",
    WORK: "outbox.key",
}

# Statements on tables that have host_id, which do not name it: the table, and the columns that they ask by.
STATEMENTS = {
    ONE_ROW: "account(id) booking(id) booking(id,revision) busy(calendar_id,name) calendar(id) calendar(id,pull_lease_until) "
    "calendar(id,token_version) host(id) meeting_type(id) reservation(booking_id) reservation(id) stretch(reservation_id) "
    "reservation(booking_id,calendar_id,ends_at,seen,state) reservation(calendar_id,ends_at,seen,state) "
    "reservation(calendar_id,unshown)",
    LINK: "booking(public_id) host(slug)",
    EVERY_HOST: "booking(decided_at) booking(decided_at,ends_at,invited,name,state) booking(hold_until,state) booking(hold_until,mailbox,state) "
    "booking(hold_until,network,reserves,state) booking(hold_until,network,state) booking(meeting_type_id,reminders,starts_at,state) booking(state) "
    "calendar() calendar(name,pull_at,pull_lease_until) calendar(failing_since,pull_at,pulled_at) calendar(pull_lease_until) "
    "meeting_type() one_time_link(until)",
}


def test_every_unique_key_has_the_host_in_it_or_a_reason() -> None:
    assert {key for key, columns in keys() if "host_id" not in columns} == listed(KEYS)


def test_every_statement_of_a_booking_names_the_host_or_has_a_reason(s: Site) -> None:
    """Seen by the database while somebody looks, holds, confirms, looks again and cancels, and a worker works."""
    seen: list[str] = []
    event.listen(s.w.rt.engine, "before_cursor_execute", lambda _, cursor, statement, *rest: seen.append(statement))
    look(s.browser, "/ada")
    look(s.browser, "/ada/intro")
    booking = s.confirmed()
    manage = s.link(booking, LinkPurpose.MANAGE)
    look(s.browser, manage)
    assert s.browser.post(f"{manage}/cancel", data={}).status_code == 303
    s.w.drain()
    found = {signature for each in seen for signature in without_host(" ".join(each.split()))}
    assert {"booking(id)", "booking(public_id)"} <= found  # it is seen at all
    assert found - listed(STATEMENTS) == set()


def listed(reasons: dict[str, str]) -> set[str]:
    return {each for names in reasons.values() for each in names.split()}


def keys() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every unique key, written as table.columns, with its columns."""
    for table in METADATA.sorted_tables:
        unique = [each.columns for each in table.constraints if isinstance(each, UniqueConstraint)]
        unique += [each.columns for each in table.indexes if each.unique]
        for columns in (table.primary_key.columns, *unique):
            names = tuple(column.name for column in columns)
            yield f"{table.name}.{','.join(names)}", names


def without_host(sql: str) -> Iterator[str]:
    """How a statement on a table of hosts asks, where it doesn't ask by the host."""
    read = re.match(r"(?:SELECT .*? FROM|UPDATE|DELETE FROM) (\w+)", sql)
    where = sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0]
    tables = {table.name for table in METADATA.sorted_tables if "host_id" in table.columns} | {"host"}
    if read and "host_id" not in where and tables & set(re.findall(r"(?:FROM|JOIN|UPDATE) (\w+)", sql)):
        columns = sorted(set(re.findall(r"\w+\.(\w+) (?:=|!=|<|>|IN|IS|LIKE)|CAST\(\w+\.(\w+)", where)))
        yield f"{read[1]}({','.join(sorted({first or second for first, second in columns}))})"
