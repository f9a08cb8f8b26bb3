"""Whether missing events were deleted, or a server more likely made a mistake."""

ALWAYS_BELIEVED = 2  # a host tidying up
SHARE_BELIEVED = 5  # 1/5 of our events: believed to be the host's doing as well


def is_mass_deletion(*, vanished: int, live: int, empty: bool) -> bool:
    """Whether so many of our events are gone in one pull that nothing may be concluded, and the host is asked.

    `live`: our live events known to be there before. `empty`: the calendar claims to hold no event at all.
    """
    if empty and live:
        return True
    return vanished > ALWAYS_BELIEVED and vanished * SHARE_BELIEVED > live
