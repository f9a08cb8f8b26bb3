"""consents purposes: what people may say yes to, its texts, and whether it is in use."""

from typing import Annotated

import typer

from ..actions.setup import purposes as setup
from ..domain.errors import NotFound
from ..domain.purposes import Part, parts_of
from ..language import LANGUAGES
from .context import opened, who_sits_here
from .options import DryRun, Json
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

purposes = typer.Typer(no_args_is_help=True, help="Purposes: what people may say yes to, and with which texts.")

Slug = Annotated[str, typer.Argument(metavar="PURPOSE", help="The purpose, by its name in the setup.")]


@purposes.command("list")
def list_purposes(context: typer.Context, as_json: Json = False) -> None:
    """Each purpose with its kind, its languages, how many forms offer it, and how many contacts have which standing."""
    with opened(context) as rt:
        found = setup.find_all(rt, language="en", now=rt.clock.now())
    if as_json:
        return say_json(
            [
                {
                    "purpose": each.purpose.slug,
                    "name": each.name,
                    "kind": each.purpose.kind,
                    "languages": each.languages,
                    "active": each.purpose.active,
                    "review_on": each.purpose.review_on,
                    "forms": each.forms,
                    "standings": dict(each.counts),
                }
                for each in found
            ]
        )
    rows = [
        (
            each.purpose.slug,
            each.name,
            each.purpose.kind.value,
            ", ".join(each.languages),
            each.forms,
            each.purpose.active,
            ", ".join(f"{count} {standing}" for standing, count in sorted(each.counts.items()) if count),
        )
        for each in found
    ]
    headings = ("Purpose", "Name", "Kind", "Languages", "Forms", "In use", "Contacts")
    return say_table(headings, rows, empty="There is no purpose yet.")


@purposes.command()
def show(context: typer.Context, purpose: Slug, as_json: Json = False) -> None:
    """Every version of the texts of a purpose, the newest first in each language, and how many consents are based on it."""
    with opened(context) as rt:
        try:
            found = setup.show(rt, purpose, language="en", now=rt.clock.now())
        except NotFound as error:
            raise _unknown(purpose) from error
    versions = [
        {
            "language": each.language,
            "version": each.version,
            "since": each.made_at,
            "by": found.writers[each.made_by],
            "consents": found.rested.get(each.hash, 0),
            "texts": {part.value: text for part, text in parts_of(each).items() if text},
        }
        for each in found.versions
    ]
    if as_json:
        forms = [f"{each.host.slug}/{each.meeting.slug}" for each in found.forms if each.offered]
        chosen = {"template": found.purpose.template, "reminder_template": found.purpose.reminder_template}
        return say_json({"purpose": purpose, "name": found.name, **chosen, "forms": forms, "versions": versions})
    rows = [
        (each["language"], each["version"], each["since"], each["by"], each["consents"], parts_of(wording)[Part.BOX])
        for each, wording in zip(versions, found.versions, strict=True)
    ]
    return say_table(("Language", "Version", "Since", "By", "Consents", "Box"), rows, empty="It has no text yet.")


@purposes.command()
def reword(
    context: typer.Context,
    purpose: Slug,
    language: Annotated[str, typer.Option("--language", help=f"Of the texts: {', '.join(LANGUAGES)}.")],
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    box: Annotated[str | None, typer.Option(help="Beside the box.")] = None,
    benefit: Annotated[str | None, typer.Option(help="What the person gets from it.")] = None,
    mail: Annotated[str | None, typer.Option(help="In the email that asks.")] = None,
    page: Annotated[str | None, typer.Option(help="On the preferences page.")] = None,
    policy: Annotated[str | None, typer.Option(help="How the data is used, in full.")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put a new version of the texts in one language into use; what is not given stays as it is. Consents keep their text."""
    if language not in LANGUAGES:
        raise CommandRefused(f"--language is one of {', '.join(LANGUAGES)}.", code=WRONG_USE)
    given = dict(zip(Part, (name, box, benefit, mail, page, policy), strict=True))
    with opened(context) as rt:
        now, sits_here = rt.clock.now(), who_sits_here()
        try:
            current = setup.show(rt, purpose, language=language, now=now).current.get(language)
        except NotFound as error:
            raise _unknown(purpose) from error
        texts = {
            **(parts_of(current) if current else {}),
            **{part: text for part, text in given.items() if text is not None},
        }
        if not texts.get(Part.BOX):
            raise CommandRefused("Write the text beside the box, with --box.", code=WRONG_USE)
        done = setup.reword(rt, purpose, language, texts, by=sits_here, made_by=sits_here, now=now, dry_run=dry_run)
    if as_json:
        return say_json({"dry_run": dry_run, **_fields(done)})
    if not done.changed:
        return say(f"It already says so, in version {done.version}.")
    would = "Would put" if dry_run else "Put"
    return say(
        f"{would} version {done.version} into use. {done.agreed} consents are based on earlier texts and keep them; "
        f"{done.asked} open questions are answered by the text they were asked with."
    )


@purposes.command()
def end(context: typer.Context, purpose: Slug, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take a purpose out of use: nobody is asked, and nothing is sent under it. All that was said is kept."""
    _use(context, purpose, active=False, dry_run=dry_run, as_json=as_json)


@purposes.command()
def use(context: typer.Context, purpose: Slug, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Put a purpose into use again, and with it its existing consents."""
    _use(context, purpose, active=True, dry_run=dry_run, as_json=as_json)


def _use(context: typer.Context, purpose: str, *, active: bool, dry_run: bool, as_json: bool) -> None:
    with opened(context) as rt:
        try:
            done = setup.use(rt, purpose, active=active, by=who_sits_here(), now=rt.clock.now(), dry_run=dry_run)
        except NotFound as error:
            raise _unknown(purpose) from error
    if as_json:
        return say_json({"dry_run": dry_run, **_fields(done)})
    if not done.changed:
        return say("It is already in use." if active else "It is not in use.")
    would = ("Would be" if dry_run else "Is") + (" in use" if active else " out of use")
    return say(f"{would}: {done.usable} consents exist, {done.asked} questions are open, {done.forms} forms offer it.")


def _fields(done: setup.Reworded | setup.Ended) -> dict[str, object]:
    return {name: getattr(done, name) for name in done.__dataclass_fields__}


def _unknown(purpose: str) -> CommandRefused:
    return CommandRefused(f"There is no purpose {purpose!r}.", code=WRONG_USE)
