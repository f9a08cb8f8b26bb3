"""What is set up: who can be booked, for what, and when."""
