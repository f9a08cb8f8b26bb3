"""Pictures of hosts and the organisation's logo, named by their content."""

from starlette.responses import Response

from ...actions.setup import pictures
from ..http.request import PageRequest
from ..http.static import FOR_EVER


def show(request: PageRequest) -> Response:
    """GET /static/pictures/{name}"""
    found = pictures.find(request.rt, request.params["name"])
    if found is None:
        return Response("There is no such picture.\n", 404, media_type="text/plain")
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{found.name}"', "Content-Disposition": "inline"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)
