"""Reading pages as a strict parser and a person do: what is on them, in words, and which forms they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import html5lib
from starlette.testclient import TestClient

_TEXTLESS = {"script", "style", "noscript"}


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page. html5lib in strict mode refuses what the standard calls a parse error."""

    root: Element
    status: int

    @property
    def title(self) -> str:
        return words(self.one("title"))

    @property
    def h1(self) -> str:
        (heading,) = self.all("h1")
        return words(heading)

    @property
    def text(self) -> str:
        return words(self.one("body"))

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements by tag and exact attributes (`class_` for class, `for_` for for)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.root.iter(tag) if all(e.get(name) == value for name, value in wanted.items())]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    def value(self, name: str) -> str:
        """What stands in a field."""
        for field in (*self.all("input", name=name), *self.all("textarea", name=name)):
            return field.get("value") or field.text or ""
        raise AssertionError(f"there is no field {name!r}")

    def hrefs(self) -> list[str]:
        return [e.get("href", "") for e in self.root.iter("a")]

    def links(self) -> dict[str, str]:
        """What a link says, or is called → where it leads."""
        return {e.get("aria-label") or words(e): e.get("href", "") for e in self.root.iter("a")}

    def actions(self) -> list[str]:
        """Where the page's forms are posted to."""
        return [e.get("action", "") for e in self.all("form", method="post")]

    def button(self, says: str) -> str:
        """Where the form leads whose button says this: what a person presses, language and all."""
        (form,) = [e for e in self.all("form", method="post") if says in [words(b) for b in e.iter("button")]]
        return form.get("action", "")

    def times(self) -> dict[str, str]:
        """The clock times to choose from → their values."""
        return {words(label): radio.get("value", "") for label, radio in _radios(self.root)}


def read(answer: object) -> Page:
    """The page of an answer."""
    body, status = answer.text, answer.status_code  # type: ignore[attr-defined]
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return Page(parser.parse(body), status)


def look(browser: TestClient, address: str) -> Page:
    return read(browser.get(address))


def words(element: Element) -> str:
    """The text of an element, white space collapsed."""
    return " ".join("".join(_text(element)).split())


def _text(element: Element) -> Iterator[str]:
    if element.tag in _TEXTLESS:
        return
    yield element.text or ""
    for child in element:
        yield from _text(child)
        yield child.tail or ""
    yield " " if element.tag in {"p", "li", "dd", "dt", "h1", "h2", "div", "td", "th"} else ""


def _radios(root: Element) -> Iterator[tuple[Element, Element]]:
    for label in root.iter("label"):
        for radio in label.iter("input"):
            if radio.get("type") == "radio":
                yield label, radio
