"""The demonstration: the whole service on one machine, with a calendar server, a mailbox and a clock to move."""
