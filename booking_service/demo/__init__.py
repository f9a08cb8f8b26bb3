"""Everything a person needs to try the service on one machine: a calendar server, a mailbox, a clock to move."""
