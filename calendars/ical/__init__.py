"""iCalendar as text (RFC 5545): content lines, moments, zones, and our own objects, written and read."""
