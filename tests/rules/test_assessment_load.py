"""A scheme's file: every mistake names the file, the key and the fix."""

import pytest
from tests.rules.test_assessment_scores import EXAMPLE

from ankang.rules.assessment_load import read_scheme
from ankang.rules.tables import ProgrammeFileError

TEXT = EXAMPLE.read_text(encoding="utf-8")


def test_the_example_is_marked_and_its_weights_make_a_hundred():
    scheme = read_scheme(TEXT)
    assert scheme.is_example
    assert sum(part.weight for part in scheme.indicators if not part.is_bonus) == scheme.full == 10_000
    assert len(scheme.indicators) == 12
    assert scheme.subsidy is not None
    assert scheme.subsidy.budget_fen == 3_000_000


MISTAKES = {
    "not toml": ("schema = 1", "schema = ", "", "不是合格的 TOML"),
    "schema": ("schema = 1", "schema = 2", "schema", "第 1 版"),
    "id": ('id = "2024-yandu-example"', 'id = "二〇二四"', "id", "不能作编号"),
    "unknown key": ("full = 100 ", "ful = 100 ", "points.full", "缺这一项"),
    "weights": ("weight = 30", "weight = 29", "indicators", "加起来是 99.00"),
    "three decimals": ("weight = 30", "weight = 30.001", "indicators[target].weight", "最多两位小数"),
    "zero weight": ("weight = 30", "weight = 0", "indicators[target].weight", "不在 0.01"),
    "a text": ("weight = 30", 'weight = "30"', "indicators[target].weight", "应当是一个数"),
    "unknown figure": ('figure = "contacts"', 'figure = "contact"', "indicators[contacts].figure", "从这些里选"),
    "unknown kind": ('kind = "timeliness"', 'kind = "time"', "indicators[by-february].kind", "从这些里选"),
    "no day": ("on = 2024-02-29\n", "", "indicators[by-february].on", "缺这一项"),
    "a day too much": (
        'figure = "contacts"',
        'figure = "contacts"\non = 2024-02-29',
        "indicators[contacts].on",
        "不分日子",
    ),
    "no clause": ('clause = "示例二"\n', "", "indicators[subjects].clause", "没有注明条款"),
    "formula of a count": ('{ kind = "count", each = 0.5 }', '{ kind = "share" }', "formula.kind", "count 或 tiers"),
    "share of what should be low": (
        '{ kind = "tiers", steps = [{ bound = 1, points = 3 }, { bound = 3, points = 1.5 }] }',
        '{ kind = "share" }',
        "indicators[undone].formula.kind",
        "越低越好",
    ),
    "zero_at": ("zero_at = 80, full_at = 100", "zero_at = 100, full_at = 100", "formula.zero_at", "小于 full_at"),
    "steps in the wrong order": (
        "[{ bound = 10, points = 5 }, { bound = 20, points = 3 }]",
        "[{ bound = 20, points = 5 }, { bound = 10, points = 3 }]",
        "indicators[claims].formula.steps",
        "从好到差",
    ),
    "a step above the weight": ("{ bound = 10, points = 5 }", "{ bound = 10, points = 6 }", "steps[10].points", "分值"),
    "code twice": ('code = "plan"', 'code = "claims"', "indicators", "不止一次"),
    "most below full": ("most = 100 ", "most = 90 ", "points.most", "比满分还低"),
    "ranks in the wrong order": ("to_rank = 3", "to_rank = 9", "commendation.villages", "从前到后"),
    "no publicity": ("publicity_days = 5", "publicity_days = 0", "commendation.publicity_days", "不小于 1"),
    "both ways of a tier": ("per_head = 2.5", "per_head = 2.5, fixed = 1", "subsidy.tiers[100]", "其中一个"),
    "tiers in the wrong order": ("at_least = 95", "at_least = 101", "subsidy.tiers", "从高到低"),
    "completion of days": (
        '[subsidy]\nfigure = "target"',
        '[subsidy]\nfigure = "claim_days"',
        "subsidy.figure",
        "完成情况",
    ),
    "a flag": ("skip_after_tie = true", 'skip_after_tie = "yes"', "ranking.skip_after_tie", "true 或 false"),
    "misspelt": ("veto_excludes", "veto_exclude", "subsidy.veto_exclude", "是不是想写 veto_excludes"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_file_key_and_fix(name):
    old, new, key, words = MISTAKES[name]
    assert old in TEXT
    with pytest.raises(ProgrammeFileError) as caught:
        read_scheme(TEXT.replace(old, new, 1), "我的办法.toml")
    assert caught.value.fields["file"] == "我的办法.toml"
    assert key in str(caught.value.fields["key"])
    assert words in caught.value.message
    assert caught.value.fields["fix"]


def test_a_cap_on_a_kind_that_nothing_has_is_refused():
    lone = TEXT.replace('kind = "service"', 'kind = "data"').replace(
        '[[caps]]\nkind = "outreach"', '[[caps]]\nkind = "service"'
    )
    with pytest.raises(ProgrammeFileError, match="封顶不起作用"):
        read_scheme(lone)
