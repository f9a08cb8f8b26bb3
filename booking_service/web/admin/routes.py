"""All signed-in addresses of staff and administrators, with the rights they need."""

from ...domain.consent_file import MOST_OCTETS
from ...domain.roles import ADMINS, CONSENTS, REVEALS, STAFF, VAULTS
from ..http.signed_in_pages import Proof, Section, SignedInRoute
from ..parts.picture_form import SENT_OCTETS
from . import audit, limits, mail_log, outbox, people, person_remove, policies, status, tokens
from .consents import (
    access,
    access_reason,
    ask,
    ask_run,
    change,
    contact,
    contact_new,
    contacts,
    erase,
    field,
    field_delete,
    fields,
    file_exports,
    hand_out,
    import_check,
    import_result,
    import_start,
    mail_rules,
    merge,
    message,
    news,
    own_page,
    phone_number,
    purpose,
    purpose_forms,
    purpose_settings,
    purposes,
    report,
    requests,
    stop,
    stored_data,
    vault,
    webhooks,
    wording,
    write,
)

ROUTES = (
    SignedInRoute(
        path="/admin/consents/contacts",
        needs=STAFF,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Contacts"),
        get=contacts.show,
    ),
    SignedInRoute(
        path="/admin/consents/contacts/new",
        needs=CONSENTS,
        section=Section.CONSENTS,
        get=contact_new.show,
        post=contact_new.make,
    ),
    SignedInRoute(path="/admin/consents/contacts/{id}", needs=STAFF, section=Section.CONSENTS, get=contact.show),
    *(
        SignedInRoute(path=path, needs=CONSENTS, section=Section.CONSENTS, proof=Proof.TO_CHANGE, post=post)
        for path, post in (
            ("/admin/consents/contacts/{id}/proof", file_exports.take_proof),
            ("/admin/consents/export", file_exports.take_list),
        )
    ),
    *(
        SignedInRoute(
            path=f"/admin/consents/{path}/{{id}}",
            needs=CONSENTS,
            section=Section.CONSENTS,
            proof=Proof.TO_CHANGE,
            get=get,
            post=post,
        )
        for path, get, post in (
            ("hand-out", hand_out.show, hand_out.take),
            ("erase", erase.show, erase.erase),
            ("own-page", own_page.show, own_page.look),
        )
    ),
    SignedInRoute(
        path="/admin/consents/contacts/{id}/reveal",
        needs=REVEALS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        post=contact.reveal,
    ),
    SignedInRoute(
        path="/admin/consents/purposes",
        needs=STAFF,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Purposes"),
        get=purposes.show,
    ),
    SignedInRoute(
        path="/admin/consents/purposes/new",
        needs=CONSENTS,
        section=Section.CONSENTS,
        get=purposes.show_new,
        post=purposes.create,
    ),
    SignedInRoute(path="/admin/consents/purposes/{slug}", needs=STAFF, section=Section.CONSENTS, get=purpose.show),
    *(
        SignedInRoute(
            path=f"/admin/consents/purposes/{{slug}}/{path}",
            needs=CONSENTS,
            section=Section.CONSENTS,
            get=get,
            post=post,
        )
        for path, get, post in (
            ("settings", purpose_settings.show, purpose_settings.save),
            ("wording", wording.show, wording.save),
            ("forms", purpose_forms.show, purpose_forms.place),
            ("end", purpose_forms.show_end, purpose_forms.end),
            ("reviewed", None, purpose.mark_reviewed),
        )
    ),
    SignedInRoute(path="/admin/consents/fields", needs=STAFF, section=Section.CONSENTS, get=fields.show),
    *(
        SignedInRoute(
            path=f"/admin/consents/fields/{path}", needs=CONSENTS, section=Section.CONSENTS, get=get, post=post
        )
        for path, get, post in (
            ("new", field.show_new, field.create),
            ("{id}", field.show, field.save),
            ("{id}/delete", field_delete.show, field_delete.delete),
        )
    ),
    SignedInRoute(
        path=report.REPORT,
        needs=STAFF,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Report"),
        get=report.show,
    ),
    SignedInRoute(path=f"{report.REPORT}/check", needs=CONSENTS, section=Section.CONSENTS, post=report.check),
    SignedInRoute(path=f"{report.REPORT}/export", needs=STAFF, section=Section.CONSENTS, get=report.take),
    SignedInRoute(
        path=requests.REQUESTS,
        needs=STAFF,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Requests"),
        get=requests.show_all,
    ),
    SignedInRoute(
        path=f"{requests.REQUESTS}/events", needs=CONSENTS, section=Section.CONSENTS, post=requests.settle_event
    ),
    SignedInRoute(path=f"{requests.REQUESTS}/{{id}}", needs=STAFF, section=Section.CONSENTS, get=requests.show),
    SignedInRoute(
        path=f"{requests.REQUESTS}/{{id}}/decide",
        needs=CONSENTS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        post=requests.decide,
    ),
    SignedInRoute(
        path="/admin/consents/vault",
        needs=VAULTS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        get=vault.show,
        post=vault.look,
    ),
    SignedInRoute(
        path="/admin/consents/access",
        needs=CONSENTS,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Access log"),
        get=access.show,
    ),
    SignedInRoute(
        path="/admin/consents/access/{id}/reason",
        needs=STAFF,
        section=Section.CONSENTS,
        get=access_reason.show,
        post=access_reason.give,
    ),
    SignedInRoute(
        path="/admin/consents/import",
        needs=CONSENTS,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Import"),
        file_octets=MOST_OCTETS,
        get=import_start.show,
        post=import_start.upload,
    ),
    SignedInRoute(
        path="/admin/consents/import/{id}/take-back",
        needs=CONSENTS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        post=import_result.take_back,
    ),
    SignedInRoute(
        path="/admin/consents/ask",
        needs=CONSENTS,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Ask a list"),
        file_octets=MOST_OCTETS,
        get=ask.show,
        post=ask.count,
    ),
    SignedInRoute(
        path="/admin/consents/write",
        needs=CONSENTS,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Write to a list"),
        get=write.show,
        post=write.draft,
    ),
    *(
        SignedInRoute(path=f"/admin/consents/{path}", needs=CONSENTS, section=Section.CONSENTS, get=get, post=post)
        for path, get, post in (
            ("stored-data/{id}", stored_data.show, stored_data.save),
            ("number/{id}", phone_number.show, phone_number.save),
            ("stop/{id}", stop.show, stop.stop),
            ("contacts/{id}/merge", merge.show, merge.act),
            ("contacts/{id}/{purpose}", change.show, change.change),
            ("ask/{id}", ask_run.show, ask_run.act),
            ("write/{id}", write.show, write.draft),
            ("news", news.show, news.draft),
            ("news/rule", None, news.save),
            ("messages/{id}", message.show, message.act),
            ("import/{id}/columns", import_start.columns, import_start.plan),
            ("import/{id}/check", import_check.show, import_check.act),
            ("import/{id}/done", import_result.show, None),
            ("import/{id}/file", import_result.file, None),
        )
    ),
    SignedInRoute(
        path="/admin/consents/webhooks",
        needs=ADMINS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        menu=lambda language: language.text("Webhooks"),
        get=webhooks.show,
        post=webhooks.add,
    ),
    *(
        SignedInRoute(
            path=f"/admin/consents/webhooks/{act}",
            needs=ADMINS,
            section=Section.CONSENTS,
            proof=Proof.TO_CHANGE,
            post=post,
        )
        for act, post in (("rotate", webhooks.rotate), ("remove", webhooks.remove))
    ),
    SignedInRoute(path="/admin/consents/webhooks/retry", needs=ADMINS, section=Section.CONSENTS, post=webhooks.retry),
    SignedInRoute(
        path="/admin/consents/rules",
        needs=ADMINS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        menu=lambda language: language.text("Told by email"),
        get=mail_rules.show,
        post=mail_rules.add,
    ),
    SignedInRoute(
        path="/admin/consents/rules/remove",
        needs=ADMINS,
        section=Section.CONSENTS,
        proof=Proof.TO_CHANGE,
        post=mail_rules.remove,
    ),
    SignedInRoute(
        path="/admin/people",
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("People"),
        get=people.show,
    ),
    *(
        SignedInRoute(
            path=f"/admin/people/{path}",
            needs=ADMINS,
            section=Section.ORGANISATION,
            proof=Proof.TO_CHANGE,
            get=get,
            post=post,
        )
        for path, get, post in (
            ("new", people.show_new, people.invite),
            ("{id}", people.show_person, people.change),
            ("{id}/sign-out", None, people.sign_out),
            ("{id}/second-factor", None, people.reset_second_factor),
            ("{id}/account", None, people.unlink),
            ("{id}/invite", None, people.invite_again),
            ("{id}/remove", person_remove.show, person_remove.remove),
        )
    ),
    SignedInRoute(
        path=policies.POLICIES,
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Policies"),
        get=policies.show,
        post=policies.save,
    ),
    SignedInRoute(
        path=f"{policies.POLICIES}/logo",
        needs=ADMINS,
        section=Section.ORGANISATION,
        file_octets=SENT_OCTETS,
        post=policies.keep_logo,
    ),
    SignedInRoute(
        path=status.STATUS,
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("System status"),
        get=status.show,
    ),
    SignedInRoute(path=status.AS_TEXT, needs=ADMINS, section=Section.ORGANISATION, get=status.download),
    SignedInRoute(
        path=limits.LIMITS,
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Limits"),
        get=limits.show,
        post=limits.switch,
    ),
    SignedInRoute(path="/admin/limits/block", needs=ADMINS, section=Section.ORGANISATION, post=limits.block),
    SignedInRoute(path="/admin/limits/let-in", needs=ADMINS, section=Section.ORGANISATION, post=limits.let_in),
    SignedInRoute(
        path="/admin/outbox",
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Outbox"),
        get=outbox.show,
        post=outbox.retry,
    ),
    SignedInRoute(
        path="/admin/outbox/{number}/drop",
        needs=ADMINS,
        section=Section.ORGANISATION,
        get=outbox.show_drop,
        post=outbox.drop,
    ),
    SignedInRoute(
        path=mail_log.MAIL_LOG,
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Mail log"),
        get=mail_log.show,
    ),
    SignedInRoute(
        path="/admin/tokens",
        needs=ADMINS,
        section=Section.ORGANISATION,
        proof=Proof.TO_CHANGE,
        menu=lambda language: language.text("API tokens"),
        get=tokens.show,
        post=tokens.make,
    ),
    SignedInRoute(path="/admin/tokens/revoke", needs=ADMINS, section=Section.ORGANISATION, post=tokens.revoke),
    SignedInRoute(
        path="/admin/audit",
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Audit log"),
        get=audit.show,
    ),
    SignedInRoute(path="/admin/audit/export", needs=ADMINS, section=Section.ORGANISATION, get=audit.export),
)
