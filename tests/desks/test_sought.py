"""No name, number or telephone in an address: what is looked for comes by POST and stands there sealed."""

import re
from pathlib import Path

import pytest
from django.http import QueryDict
from tests import factories
from tests.logins import logged_in

from ankang.desks.components.sought import opened, sealed

TEMPLATES = Path(__file__).resolve().parents[2] / "src/ankang/desks/templates"
FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
TYPED = re.compile(
    r"<input\b(?![^>]*type=\"(?:hidden|checkbox|radio|date|number|month)\")[^>]*\bname=\"(\w+)\"|{% field (\S+)"
)
# Numbers of claims and receipts, amounts and ages of nobody in particular.
OF_NO_PERSON = {"components/calculator/page.html", "components/roster/population.html", "public/receipt.html"}
OF_NO_PERSON |= {"town/money/money.html", "town/subjects.html"}


def test_a_form_whose_fields_stand_in_the_address_asks_for_nobody() -> None:
    asking = set()
    for path in TEMPLATES.rglob("*.html"):
        for form in FORM.finditer(path.read_text(encoding="utf-8")):
            if 'method="post"' not in form["head"] and (TYPED.search(form["body"]) or "{{ form" in form["body"]):
                asking.add(str(path.relative_to(TEMPLATES / "desks")))
    assert asking == OF_NO_PERSON


def test_a_seal_opens_and_anything_else_is_nothing() -> None:
    def told(token: str) -> str | None:
        return opened(QueryDict(f"q={token}&page=2"), "q").get("q")

    assert told(sealed("王秀兰")) == "王秀兰"
    assert {told(wrong) for wrong in ("", "王秀兰", "x", "AAAA", sealed("王秀兰")[:-4])} == {""}
    assert (sealed(""), opened(QueryDict("page=2"), "q").dict()) == ("", {"page": "2"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("desk", "address", "name"),
    [
        ("town", "/town/roster/", "q"),
        ("town", "/town/accounts/", "q"),
        ("town", "/town/settings/audit/", "person"),
        ("town", "/town/certificates/", "text"),
        ("village", "/village/collect/", "q"),
    ],
)
def test_a_name_looked_for_is_not_in_the_address(desk: str, address: str, name: str) -> None:
    factories.version()
    place = factories.village(1) if desk == "village" else factories.town()
    client = logged_in(factories.user(desk, place, is_manager=True))
    sent = client.post(address, {name: " 王秀兰 ", "csrfmiddlewaretoken": "x"})
    assert re.fullmatch(rf"{address}\?{name}=[\w%-]+", sent["Location"])
    assert "%E7%8E%8B" not in sent["Location"]
    shown = client.get(sent["Location"])
    assert (shown.status_code, shown.request["QUERY_STRING"].count("王")) == (200, 0)
    assert "王秀兰" in shown.text
