"""What the 2024 plan's own figures give by the example scheme stands in the guide, computed here: it cannot drift."""

from pathlib import Path

from ankang.rules.assessment import Scheme, VillageFacts, points_shown
from ankang.rules.assessment_load import read_scheme
from ankang.rules.assessment_rewards import subsidies
from ankang.rules.assessment_scores import score_of
from ankang.rules.load import load_programme
from ankang.rules.money import yuan
from ankang.rules.targets import goal_line

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "programmes" / "2024-yandu"
GUIDE = ROOT / "docs" / "guide" / "assessment.md"
HEAD = "| 村 | 人口 | 下达目标 | 85%线 | 完成下达目标（30） | 达到85%（20） | 按档应补（元） | 实补（元） |"


def met_exactly(scheme: Scheme) -> list[VillageFacts]:
    """Every village of 附件1 with exactly its published target insured; what the plan does not tell is 0."""
    return [
        VillageFacts(
            code=row.village,
            name=row.village,
            serial=row.serial,
            counts=dict.fromkeys(scheme.counts, 0)
            | {"insured": row.target, "target": row.target, "population": row.population},
        )
        for row in load_programme(FOLDER).targets
    ]


def table() -> list[str]:
    scheme = read_scheme((FOLDER / "assessment-example.toml").read_text(encoding="utf-8"))
    assert scheme.subsidy is not None
    villages = met_exactly(scheme)
    paid = {one.village: one for one in subsidies(scheme.subsidy, villages, frozenset())}
    lines = [HEAD, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for facts in villages:
        got = {line.code: line.points for line in score_of(scheme, facts).lines}
        population, own = facts.counts["population"], paid[facts.code]
        told = [facts.name, population, facts.counts["target"], goal_line(population, 85)]
        told += [points_shown(got["target"]), points_shown(got["line"]), yuan(own.wanted_fen), yuan(own.amount_fen)]
        lines.append("| " + " | ".join(map(str, told)) + " |")
    sums = [sum(facts.counts[code] for facts in villages) for code in ("population", "target")]
    sums.append(sum(goal_line(facts.counts["population"], 85) for facts in villages))
    money = [yuan(sum(getattr(one, name) for one in paid.values())) for name in ("wanted_fen", "amount_fen")]
    return [*lines, f"| 合计 | {sums[0]} | {sums[1]} | {sums[2]} | | | {money[0]} | {money[1]} |"]


def test_the_guide_tells_what_the_plans_own_figures_give():
    shown = GUIDE.read_text(encoding="utf-8").splitlines()
    start = shown.index(HEAD)
    expected = table()
    assert shown[start : start + len(expected)] == expected
    assert expected[-1] == "| 合计 | 16041 | 13634 | 13643 | | | 34085.00 | 30000.00 |"
