"""The scheme as a form: the example goes through it unchanged, rows come and go, a wrong value stays to be mended."""

import html
import re
from copy import deepcopy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assessment.acts import OVER, insured_town, town_of

from ankang.assessment.models import AssessmentScheme
from ankang.assessment.schemes import example_text
from ankang.installation.models import Installation
from ankang.rules.assessment_fields import put_scheme, scheme_form
from ankang.rules.assessment_load import read_scheme, scheme_tables
from ankang.rules.canonical import digest_of
from ankang.rules.dump import toml_text
from ankang.rules.errors import InvalidInput
from ankang.rules.file_form import Node

FORM = "/town/assessment/scheme/form/"
EXAMPLE = scheme_tables(example_text())


def texts(node: Node) -> dict[str, str]:
    """Return what a form sends that nobody touched, blank rows with it."""
    sent = {entry.name: entry.text for entry in node.entries}
    for inner in (*node.tables, *(row for rows in node.lists for row in rows.rows)):
        sent |= texts(inner)
    return sent


def test_the_example_goes_through_the_form_unchanged() -> None:
    again = put_scheme(EXAMPLE, texts(scheme_form(EXAMPLE)))
    assert digest_of(read_scheme(toml_text(again))) == digest_of(read_scheme(example_text()))


NUMBERS = [
    name
    for name, text in texts(scheme_form(EXAMPLE)).items()
    if re.fullmatch(r"indicators\.\d+\.weight|points\.full|subsidy\.budget|commendation\.villages\.\d\.at_least", name)
    and text
]


@given(st.sampled_from(NUMBERS), st.integers(1, 9999))
def test_a_changed_field_changes_only_itself(name: str, hundredths: int) -> None:
    given_ = texts(scheme_form(EXAMPLE)) | {name: f"{hundredths // 100}.{hundredths % 100:02d}"}
    changed, expected = put_scheme(EXAMPLE, given_), deepcopy(EXAMPLE)
    *path, last = name.split(".")
    here = expected
    for part in path:
        here = here[int(part)] if part.isdigit() else here[part]
    here[last] = Decimal(hundredths) / 100
    assert changed == expected


def test_a_row_is_added_with_a_code_of_its_own_and_another_dropped() -> None:
    rows = len(EXAMPLE["indicators"])
    sent = texts(scheme_form(EXAMPLE)) | {
        f"indicators.{rows}.name": "党员带头",
        f"indicators.{rows}.kind": "outreach",
        f"indicators.{rows}.figure": "measures_done",
        f"indicators.{rows}.weight": "1",
        f"indicators.{rows}.bonus": "true",
        f"indicators.{rows}.formula.kind": "count",
        f"indicators.{rows}.clause": "三（2）",
        "vetoes.0.remove": "on",
    }
    changed = put_scheme(EXAMPLE, sent)
    added = changed["indicators"][-1]
    assert added["code"] == "i1"
    assert "vetoes" not in changed
    fields = {entry.field.key for entry in scheme_form(changed).walk() if entry.name.startswith(f"indicators.{rows}.")}
    assert "each" in fields
    done = put_scheme(changed, texts(scheme_form(changed)) | {f"indicators.{rows}.formula.each": "0.5"})
    assert read_scheme(toml_text(done)).indicators[-1].name == "党员带头"


def test_another_way_of_counting_drops_what_belonged_to_the_old_one() -> None:
    sent = texts(scheme_form(EXAMPLE)) | {"indicators.0.formula.kind": "line"}
    changed = put_scheme(EXAMPLE, sent)
    assert changed["indicators"][0]["formula"] == {"kind": "line"}
    again = put_scheme(changed, texts(scheme_form(changed)) | {"indicators.0.formula.line": "85%"})
    assert again["indicators"][0]["formula"] == {"kind": "line", "line": 85}


def test_no_subsidy_and_no_persons_are_left_out() -> None:
    sent = texts(scheme_form(EXAMPLE))
    emptied = {
        name: "" if name.startswith(("subsidy.", "commendation.persons.")) else text for name, text in sent.items()
    }
    emptied |= {f"subsidy.tiers.{at}.remove": "on" for at in range(3)}
    scheme = read_scheme(toml_text(put_scheme(EXAMPLE, emptied)))
    assert scheme.subsidy is None
    assert scheme.persons is None


def test_names_of_another_form_are_refused() -> None:
    with pytest.raises(InvalidInput, match="页面过期"):
        put_scheme(scheme_tables('indicators = "x"\npoints = 3'), {"points.full": "100"})


@pytest.fixture
def town(db, client_of):
    Installation.objects.create(is_sample=True, demo_today=OVER)
    client = client_of(town_of(insured_town(), is_manager=True))
    client.get("/me/password/")
    return client


def sent_by(page: str) -> dict[str, str]:
    """Return what the page's form sends: hidden values, inputs and selects, boxes left out."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        facts = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if "name" in facts and facts.get("type") not in ("checkbox", "submit"):
            found[facts["name"]] = html.unescape(facts.get("value", ""))
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


def test_the_page_makes_a_draft_of_the_example(town) -> None:
    page = town.get(f"{FORM}?from=example").content.decode()
    assert "各项分值加起来是 <b>100</b>，满分是 <b>100</b>" in page
    answer = town.post(FORM, sent_by(page))
    stored = AssessmentScheme.objects.get()
    assert answer.status_code == 302
    assert stored.digest == digest_of(read_scheme(example_text()))
    again = town.get(f"{FORM}?from={stored.pk}").content.decode()
    own = {"base": "", "csrfmiddlewaretoken": ""}
    assert sent_by(again) | own == sent_by(page) | own


def test_a_wrong_value_stays_with_its_error_and_nothing_is_stored(town) -> None:
    sent = sent_by(town.get(f"{FORM}?from=example").content.decode()) | {"indicators.0.weight": "三十"}
    answer = town.post(FORM, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#indicators.0.weight">分值：应当是一个数' in page
    assert 'value="三十"' in page
    assert not AssessmentScheme.objects.exists()
    mended = town.post(FORM, sent_by(page) | {"indicators.0.weight": "30"})
    assert mended.status_code == 302


def test_weights_that_do_not_add_up_are_told_at_the_indicators(town) -> None:
    sent = sent_by(town.get(f"{FORM}?from=example").content.decode()) | {"indicators.0.weight": "31"}
    page = town.post(FORM, sent).content.decode()
    assert "各项分值加起来是 101" in page
    assert not AssessmentScheme.objects.exists()


def test_columns_are_shown_anew_without_storing(town) -> None:
    sent = sent_by(town.get(f"{FORM}?from=example").content.decode())
    answer = town.post(FORM, sent | {"indicators.0.formula.kind": "line", "refresh": "yes"})
    assert 'name="indicators.0.formula.off_each"' in answer.content.decode()
    assert not AssessmentScheme.objects.exists()


def test_an_empty_form_says_what_is_missing(town) -> None:
    page = town.get(FORM).content.decode()
    answer = town.post(FORM, sent_by(page))
    assert answer.status_code == 422
    assert "没有填名称" in answer.content.decode()
    assert town.post(FORM, {"base": "x ="}, follow=True).redirect_chain == [(FORM, 302)]


def test_queries_of_the_form(town, django_assert_num_queries) -> None:
    town.get(FORM)
    with django_assert_num_queries(6):
        town.get(f"{FORM}?from=example")
