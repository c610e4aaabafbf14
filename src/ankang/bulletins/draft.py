"""The words of a bulletin, drafted from its figures in office Chinese. The same figures give the same words."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankang.bulletins.figures import STILL_DAYS, Figures, VillageFigures
from ankang.rules.days import short_day_words

_ORDINALS = "一二三四五六七八九"
_NAMED = 8  # villages named in a sentence; the table names all


@dataclass(frozen=True, slots=True)
class Draft:
    """A bulletin's words; paragraphs are parted by line breaks."""

    title: str
    recipients: str
    progress: str
    problems: str
    demands: str


def drafted(figures: Figures, kind: str) -> Draft:
    """Return the words for a weekly or the final bulletin (`weekly`, `final`)."""
    is_final = kind == "final"
    return Draft(
        title=f"关于{figures.programme}参保{'工作总结' if is_final else '进度'}的通报",
        recipients="各村（居）：",
        progress="\n".join(_progress(figures)),
        problems="\n".join(_counted(_problems(figures))) or "各村（居）进度正常，没有需要通报的问题。",
        demands="\n".join(_counted(_last_demands(figures) if is_final else _demands(figures))),
    )


def _progress(figures: Figures) -> list[str]:
    total, percent = figures.total, figures.percent
    at = f"{short_day_words(figures.today)}{figures.at.hour}时{figures.at.minute:02d}分"
    parts = [
        f"截至{at}，{figures.place}60周岁以上老年人{total.population}人，已参保{total.insured}人，"
        f"参保率{total.percent}%。{_against(figures)}"
    ]
    if total.subjects:
        missing = f"还有{total.subjects_missing}人未参保" if total.subjects_missing else "已全部参保"
        parts.append(f"政府购买对象{total.subjects}人，已参保{total.subjects_insured}人，{missing}。")
    met = [one for one in figures.villages if one.met_target]
    reached = [one for one in figures.villages if one.reached_line]
    parts.append(
        f"完成下达目标的{len(met)}个村（居）{_named(met)}；参保率达到{percent}%的{len(reached)}个村（居）{_named(reached)}。"
    )
    best = [one for one in figures.villages if one.population][:3]
    if len(figures.villages) > 3 and best:
        parts.append("参保率居前的是" + "、".join(f"{one.name}（{one.percent}%）" for one in best) + "。")
    return parts


def _against(figures: Figures) -> str:
    """Both yardsticks: the published targets and the line of the goal."""
    total, percent = figures.total, figures.percent
    target = f"下达目标{total.target}人，{_gap(total.target_gap)}；" if total.target else ""
    each = f"各村（居）都达到{percent}%共需{figures.village_need}人。" if figures.villages else ""
    return f"{target}全镇{percent}%目标线{total.line}人，{_gap(total.line_gap)}；{each}"


def _problems(figures: Figures) -> list[str]:
    behind = [one for one in reversed(figures.villages) if one.course in {"behind", "missed"}]
    still = [one for one in figures.villages if one.stands_still]
    lacking = sorted((one for one in figures.villages if one.subjects_missing), key=lambda one: -one.subjects_missing)
    short = [one for one in figures.villages if one.is_published and one.target < one.line]
    found = []
    if behind:
        found.append(f"{len(behind)}个村（居）进度落后{_named(behind)}，按现在的速度到不了{figures.percent}%。")
    if still:
        days = "、".join(f"{one.name}（{one.still_days}天）" for one in still[:_NAMED])
        till = f"到{short_day_words(figures.closes)}截止，" if figures.today > figures.closes else ""
        found.append(f"{till}{len(still)}个村（居）连续{STILL_DAYS}天以上没有逐人登记：{days}{_and_more(still)}。")
    if lacking:
        names = "、".join(f"{one.name}（{one.subjects_missing}人）" for one in lacking[:_NAMED])
        found.append(f"政府购买对象应保未保，涉及{len(lacking)}个村（居）：{names}{_and_more(lacking)}。")
    if short:
        found.append(
            f"{len(short)}个村（居）{_named(short)}的下达目标低于本村{figures.percent}%线，完成下达目标后仍须继续推进。"
        )
    return found


def _demands(figures: Figures) -> list[str]:
    total = figures.total
    asked = []
    if figures.days_left and not total.reached_line:
        pace = f"，近7天平均每天{total.average}人" if total.average else ""
        asked.append(
            f"抓紧推进。离{short_day_words(figures.closes)}截止还有{figures.days_left}天，"
            f"全镇每天要新增{total.required}人才能达到{figures.percent}%{pace}。"
            "落后的村（居）要逐户上门，当日情况当日登记。"
        )
    if total.subjects_missing:
        asked.append(
            f"确保应保尽保。未参保的{total.subjects_missing}名政府购买对象，由所在村（居）逐人核实、逐人办结。"
        )
    if any(one.stands_still for one in figures.villages):
        asked.append("连续没有逐人登记的村（居），由村（居）党组织书记说明原因，提出补短板的办法。")
    asked.append("做好宣传解释，坚持自愿参保，不得垫资冲数、不得重复收费。")
    return asked


def _last_demands(figures: Figures) -> list[str]:
    asked = ["核对参保人员和保费，做到人、钱、单一致。"]
    if figures.total.subjects_missing:
        asked.append(f"对未参保的{figures.total.subjects_missing}名政府购买对象逐人写明原因，报镇民政办。")
    asked.append("做好理赔服务，老人出险后及时报案，帮助收集材料。")
    return asked


def _gap(people: int) -> str:
    return f"还差{people}人" if people else "已完成"


def _named(villages: Sequence[VillageFigures]) -> str:
    if not villages:
        return ""
    return f"（{'、'.join(one.name for one in villages[:_NAMED])}{_and_more(villages)}）"


def _and_more(villages: Sequence[VillageFigures]) -> str:
    return "等" if len(villages) > _NAMED else ""


def _counted(sentences: Sequence[str]) -> list[str]:
    """一是…… 二是……, where there is more than one."""
    if len(sentences) < 2:
        return list(sentences)
    return [f"{ordinal}是{sentence}" for ordinal, sentence in zip(_ORDINALS, sentences, strict=False)]
