"""Templates: found in the wheel and in a checkout alike, strict about names, spoken in the reader's language.

A page's template gets one frozen view and the frame around it. `_("English {name}", name=…)` and `ngettext` are bound
to the language; what fills a placeholder is escaped where the template escapes, so that a translation may say where a
bold word or a link goes without any translator writing HTML.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import jinja2
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from .domain.localized_text import LocalizedText
from .domain.text import introduced
from .language import Language

_TIME = r"\d{1,2}:\d{2}(?:\s[AP]M)?(?: \(UTC[^)]*\))?"
_UNBROKEN = re.compile(rf"{_TIME}(?:–{_TIME})?|\(UTC[^)]*\)")


def template_root() -> Path:
    """The templates' folder: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


@cache
def environment() -> jinja2.Environment:
    """HTML is escaped; undefined names are errors; templates are read from disk once."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_root()),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(strong=_strong, wording=_wording)
    made.filters.update(unbroken=_unbroken, introduced=introduced)
    return made


def render(name: str, *, language: Language, **values: object) -> str:
    """The template `name` in this language."""
    return environment().get_template(name).render(**bound(language), language=language, **values)


def bound(language: Language) -> Mapping[str, Callable[..., object]]:
    """The functions by which a template translates."""

    @jinja2.pass_eval_context
    def text(context: EvalContext, message: str, /, **values: object) -> str:
        if not context.autoescape:
            return language.text(message, **values)
        spoken = escape(language.text(message))
        return spoken.format(**values) if values else spoken

    return {"_": text, "ngettext": language.plural}


def _strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def _wording(shown: LocalizedText) -> Markup:
    """A host's own text, marked with its language where that isn't the page's (WCAG 2.2, 3.1.2)."""
    if not shown.foreign:
        return escape(shown.text)
    return Markup('<span lang="{}">{}</span>').format(shown.foreign, shown.text)


def _unbroken(text: str) -> Markup:
    """The text with line breaks prevented within each time span and UTC offset."""
    pieces, at = Markup(), 0
    for found in _UNBROKEN.finditer(text):
        pieces += text[at : found.start()] + Markup('<span style="white-space: nowrap">{}</span>').format(found[0])
        at = found.end()
    return pieces + text[at:]
