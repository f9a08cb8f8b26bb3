"""A self-hosted booking service: a picked time is held in the host's own calendar until the invitee confirms."""
