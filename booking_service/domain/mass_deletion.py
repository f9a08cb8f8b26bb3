"""When the absence of events means something, and when it is more likely a server's mistake."""

ALWAYS_BELIEVED = 2  # so many deletions in one pull are a host tidying up
SHARE_BELIEVED = 5  # … and so is a fifth of what is there


def is_mass_deletion(*, vanished: int, live: int, empty: bool) -> bool:
    """Whether so much of ours is gone in one pull that nothing may be concluded from it, and the host is asked.

    `live`: our live events that were known to stand there before. `empty`: the calendar claims to hold nothing at all.
    """
    if empty and live:
        return True
    return vanished > ALWAYS_BELIEVED and vanished * SHARE_BELIEVED > live
