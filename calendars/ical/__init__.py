"""iCalendar as text (RFC 5545): content lines, dates and times, zones, and our own objects, written and read."""
