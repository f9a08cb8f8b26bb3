"""What people, the clock and calendars can do. Each action gathers, decides, records; nothing else."""
