"""All addresses for signing in, and links in mails to hosts."""

from starlette.routing import BaseRoute

from ...actions.access.identity_provider import CALLBACK
from ..http.endpoint import PageRoutes
from ..http.session import SECOND_STEP
from . import not_me, provider, second_step, sign_in


def table(routes: PageRoutes) -> list[BaseRoute]:
    page, act = routes.page, routes.act
    return [
        page("/host/sign-in", get=sign_in.show, post=sign_in.ask),
        act("/host/sign-in/password", sign_in.use_password),
        page("/host/sign-in/sent/{id}", get=sign_in.show_sent, post=sign_in.use_code),
        page(SECOND_STEP, get=second_step.show, post=second_step.use_code),
        act("/host/sign-in/provider", provider.start),
        page(CALLBACK, get=provider.back),
        page("/host/sign-in/{token}", get=sign_in.show_confirm, post=sign_in.confirm),
        act("/host/sign-out", sign_in.sign_out),
        page("/host/stop/{id}/{token}", get=not_me.show, post=not_me.stop),
    ]
