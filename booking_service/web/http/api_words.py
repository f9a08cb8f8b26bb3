"""Messages for programs about unreadable requests, where pages speak of a form."""

from collections.abc import Mapping

_UNREAD = "This request can't be read"
OF_STATUS: Mapping[int, tuple[str, str]] = {
    400: (_UNREAD, "Send UTF-8 without control characters, and as a body one JSON object that has each member once."),
    408: (_UNREAD, "Its body did not come in time."),
    413: ("This is too much", "Send a shorter body."),
    415: (_UNREAD, "Send the body as application/json, or as application/x-www-form-urlencoded in UTF-8."),
    422: (_UNREAD, "Each member of the body has to be a text without control characters, a number, true or false."),
}
