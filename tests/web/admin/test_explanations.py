"""Each setting of consents explains itself where it is set: what it does, and what becomes of those already there."""

from xml.etree.ElementTree import Element

import pytest
from starlette.testclient import TestClient

from booking_service.domain.roles import Permission, Role
from booking_service.storage import fields
from booking_service.storage.engine import transaction
from booking_service.storage.fields import ProfileField
from tests.web.admin.test_contacts import clerk, of, said_yes
from tests.web.consents import mails, offer, ticked
from tests.web.page_reader import Page, look, words
from tests.web.site import Site, person, signed_in

CONSENTS = "/admin/consents"
PURPOSE = f"{CONSENTS}/purposes/newsletter"
LANGUAGES = ("en", "de", "nl")
SHORTEST = 25  # characters of an explanation: less is a label
FOLDS = {"fold-consents", "fold-page", "fold-keeping", "fold-footer", "fold-privacy", "fold-imprint", "fold-confirm"}
_UNSEEN = {"hidden", "submit"}


def chief(s: Site) -> TestClient:
    """Who may set everything, with a purpose, a contact and a field that rules can ask for."""
    offer(s)
    said_yes(s)
    with transaction(s.w.rt.engine) as session:
        fields.save(session, ProfileField(id=of(s, "grace@example.net"), slug="region", labels={"en": "Region"}))
    powers = frozenset({Permission.CONSENTS})
    return signed_in(s, person(s, Role.ADMIN, Role.STAFF, email="boss@example.org", permissions=powers))


def pages(s: Site) -> tuple[str, ...]:
    return (
        f"{CONSENTS}/purposes/new",
        *(f"{PURPOSE}/{each}" for each in ("settings", "wording", "forms")),
        f"{CONSENTS}/write",
        f"{CONSENTS}/write/{of(s, 'grace@example.net')}",
        f"{CONSENTS}/news",
        f"{CONSENTS}/rules",
        f"{CONSENTS}/webhooks",
        f"{CONSENTS}/ask",
        "/admin/policies",
    )


def explained(page: Page) -> dict[str, str]:
    """Every control of the page's forms → the explanation that it, or the group it stands in, is described by."""
    texts = {e.get("id", ""): words(e) for e in page.root.iter() if e.get("id")}
    found: dict[str, str] = {}
    for control, group in _controls(page.one("main"), None):
        name = control.get("name", "")
        ids = f"{control.get('aria-describedby', '')} {group.get('aria-describedby', '') if group is not None else ''}"
        found[name] = " ".join(texts.get(id, "") for id in ids.split() if not id.endswith("-error")).strip()
    return found


def _controls(at: Element, group: Element | None) -> list[tuple[Element, Element | None]]:
    """With the fieldset around each; of the policies only the folds that are about consents and what is kept."""
    if at.tag == "details" and at.get("id", "").startswith("fold-") and at.get("id") not in FOLDS:
        return []
    if at.tag in ("select", "textarea") or (at.tag == "input" and at.get("type") not in _UNSEEN):
        return [(at, group)]
    inside = at if at.tag == "fieldset" else group
    return [each for child in at for each in _controls(child, inside)]


@pytest.mark.capability("S3-15")
def test_every_setting_of_consents_is_explained_in_each_language(s: Site) -> None:
    browser = chief(s)
    bare: list[str] = []
    for path in pages(s):
        said = {code: explained(look(browser, f"{path}?lang={code}")) for code in LANGUAGES}
        assert said["en"], path
        bare += [f"{path}: {name}" for name, text in said["en"].items() if len(text) < SHORTEST]
        bare += [
            f"{path}: {name} in {code}"
            for code in LANGUAGES[1:]
            for name, text in said[code].items()
            if len(text) < SHORTEST or text == said["en"][name]
        ]
    assert bare == []


@pytest.mark.capability("S4-55")
def test_from_no_purpose_to_the_first_question_in_a_mailbox_takes_six_requests_and_two_texts(s: Site) -> None:
    """Only what pages offer is followed and filled in, as a browser would; what is typed are a name and the sentence."""
    browser, steps = clerk(s), []

    def opened(path: str) -> Page:
        steps.append(path)
        page = look(browser, path)
        assert page.status == 200, path
        return page

    def pressed(page: Page, **typed: str) -> str:
        (form,) = [each for each in page.one("main").iter("form")]
        steps.append(form.get("action", ""))
        answer = browser.post(form.get("action", ""), data=_filled(form) | typed)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    new = opened(opened(f"{CONSENTS}/purposes").links()["New purpose"])
    made = opened(pressed(new, name="Open evenings", box="Invite me to open evenings."))
    forms = opened(made.links()["Choose the forms"])
    pressed(forms, **{f"at-{s.w.intro.id.hex}": "last"})
    assert len(steps) == 6
    details = look(s.browser, "/ada/intro/details?start=2030-01-08T08:00:00Z&zone=Europe/Berlin")
    assert "Invite me to open evenings." in details.text
    s.confirmed(**ticked(s, "open-evenings"))
    s.w.drain()
    (question,) = mails(s, "yes")
    assert question.subject == "Please confirm: Open evenings"


def _filled(form: Element) -> dict[str, str]:
    """What a browser sends where nothing is typed."""
    values = {e.get("name", ""): e.get("value", "") for e in form.iter("input")}
    values |= {e.get("name", ""): (e.text or "").removeprefix("\n") for e in form.iter("textarea")}
    for each in form.iter("select"):
        options = list(each.iter("option"))
        chosen = next((o for o in options if "selected" in o.attrib), options[0])
        values[each.get("name", "")] = chosen.get("value", "")
    return values
