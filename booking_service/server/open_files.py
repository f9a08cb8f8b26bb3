"""The maximum number of open files, of which each connection is one."""

import resource

_ENOUGH = 65_536
_OF_OTHERS = 400  # for database, calendar and mail servers, and files


def raise_limit() -> None:
    """Raise this process's limit to the allowed maximum; child processes inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return


def left_for_connections(most: int) -> int:
    """How many connections may be open: `most`, or as many as leave room for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else min(most, max(soft - _OF_OTHERS, soft // 2))
