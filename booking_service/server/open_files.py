"""How many files a process may open: each connection is one."""

import resource

_ENOUGH = 65_536
_OF_OTHERS = 400  # database, calendar and mail servers, files: what no connection of a visitor may take


def raise_limit() -> None:
    """To what the system allows this process; what it starts inherits it. Where it allows no more, all stays as it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return


def left_for_connections(most: int) -> int:
    """How many connections may be open at a time: `most`, or as many as leave room for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else min(most, max(soft - _OF_OTHERS, soft // 2))
