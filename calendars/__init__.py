"""CalDAV and iCalendar: one port, a client, an in-memory calendar, busy time, invitations. Knows nothing of
bookings."""
