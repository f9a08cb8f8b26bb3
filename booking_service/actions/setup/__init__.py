"""Who can be booked, for what, and when."""
