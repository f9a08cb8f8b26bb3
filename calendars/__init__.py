"""CalDAV and iCalendar: one port, a client, a memory twin, busy time, invitations. Knows nothing of bookings."""
