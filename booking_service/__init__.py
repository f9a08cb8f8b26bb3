"""A self-hosted booking service: a picked time is held in the host's own calendar until the invitee confirms."""

from time import monotonic

STARTED_AT = monotonic()  # of this process, as near to its start as Python lets us come
