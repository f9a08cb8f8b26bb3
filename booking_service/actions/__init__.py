"""What people, the clock and calendars can do. Each action gathers, decides and records."""
