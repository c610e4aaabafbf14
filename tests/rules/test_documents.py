"""Which papers are needed and missing: the standard list, two of three, and lists that cannot be so."""

from copy import deepcopy
from typing import Any

import pytest

from ankang.rules.documents import SITUATION_WORDS, Situation, read_papers, standard_papers
from ankang.rules.errors import InvalidInput


def titles(situations: set[str], held: set[str]) -> list[str]:
    return [lack.title for lack in standard_papers().missing(situations, held)]


def test_every_claim_needs_who_and_where_the_money_goes() -> None:
    assert titles(set(), set()) == ["是谁", "钱付到哪张卡"]
    assert titles(set(), {"identity", "bank"}) == []
    assert titles(set(), {"household", "bank"}) == []


def test_a_bill_with_a_fracture_in_hospital() -> None:
    all_of_it = {"medical", "hospital", "reimbursed", "fracture"}
    held = {"identity", "bank", "invoice", "diagnosis"}
    assert titles(all_of_it, held) == ["费用清单", "出院小结", "医保结算单", "拍片报告"]


@pytest.mark.parametrize(
    ("held", "still"),
    [(set(), 2), ({"death"}, 1), ({"cremation"}, 1), ({"death", "cremation"}, 0), ({"death", "deregistration"}, 0)],
)
def test_two_of_three_papers_of_a_death(held: set[str], still: int) -> None:
    lacks = standard_papers().missing({"death"}, held | {"identity", "bank", "kinship"})
    assert [lack.still for lack in lacks] == [still][: bool(still)]


def test_what_is_missing_says_what_would_do() -> None:
    lacks = standard_papers().missing({"death"}, {"identity", "bank", "kinship", "cremation"})
    assert [lack.words for lack in lacks] == ["死亡证明、户口注销证明，任意一样"]
    assert [lack.words for lack in standard_papers().missing({"death"}, {"identity", "bank", "kinship"})] == [
        "死亡证明、火化证明、户口注销证明，任意2样"
    ]


def test_a_need_that_is_called_like_its_paper_gives_the_hint() -> None:
    lacks = standard_papers().missing({"fracture"}, {"identity", "bank"})
    assert [(lack.title, lack.words) for lack in lacks] == [("拍片报告", "X光、CT或核磁的报告单")]


def test_a_list_comes_back_as_it_was_stored() -> None:
    assert read_papers(standard_papers().as_document()) == standard_papers()
    assert set(SITUATION_WORDS) == set(Situation)
    assert {need.situation for need in standard_papers().needs} == set(Situation)


def _twice(document: dict[str, Any]) -> None:
    document["papers"].append({"code": "bank", "name": "又一张"})


def _unknown_paper(document: dict[str, Any]) -> None:
    document["needs"][0]["any_of"] = ["passport"]


def _too_many(document: dict[str, Any]) -> None:
    document["needs"][0]["at_least"] = 3


def _none(document: dict[str, Any]) -> None:
    document["needs"][0] |= {"any_of": [], "at_least": 1}


def _unknown_situation(document: dict[str, Any]) -> None:
    document["needs"][0]["situation"] = "travel"


def _no_title(document: dict[str, Any]) -> None:
    document["needs"][0]["title"] = " "


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_twice, "材料“bank”写了两次"),
        (_unknown_paper, "“是谁”要的材料“passport”不在材料名单里"),
        (_too_many, "“是谁”选了 2 种材料，却至少要 3 样。请填1到2"),
        (_none, "“是谁”选了 0 种材料，却至少要 1 样"),
        (_unknown_situation, "“是谁”的情形“travel”不认识"),
        (_no_title, "有一项要求没有写名称"),
    ],
)
def test_a_list_that_cannot_be_so_says_what_to_put_right(spoil: Any, says: str) -> None:
    document = deepcopy(standard_papers().as_document())
    spoil(document)
    with pytest.raises(InvalidInput, match=says):
        read_papers(document)
