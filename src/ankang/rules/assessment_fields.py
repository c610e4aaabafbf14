"""The fields of an assessment scheme's file, told once: forms are made from this table, as for a programme."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ankang.rules.assessment import FIGURES, KINDS, FormulaKind
from ankang.rules.errors import InvalidInput
from ankang.rules.file_edit import put_node, remove_rows
from ankang.rules.file_fields import YES_NO, Choices, Field, Kind, Shape
from ankang.rules.file_form import Node, Tables, form_of

_CLAUSE = Field("clause", "出处", hint="文件里的哪一条")
_FIGURES: Choices = tuple((code, about.name) for code, about in FIGURES.items())
_KINDS: Choices = tuple(KINDS.items())
_FORMULAS: Choices = (
    (FormulaKind.SHARE, "按比例"),
    (FormulaKind.LINE, "到线得满分，差了扣分"),
    (FormulaKind.TIERS, "分档"),
    (FormulaKind.COUNT, "按个数"),
)
_FIGURE = Field("figure", "看什么数", Kind.CHOICE, choices=_FIGURES)
_ON = Field("on", "到哪天", Kind.DAY, hint="只有“到某日”的数要填", required=False)
_OWN: dict[str, tuple[Field, ...]] = {
    "": (),
    FormulaKind.SHARE: (
        Field("full_at", "到多少得满分（%）", Kind.NUMBER, hint="空着是100", required=False),
        Field("zero_at", "多少以下不得分（%）", Kind.NUMBER, hint="空着是0", required=False),
    ),
    FormulaKind.LINE: (
        Field("line", "线（%或天）", Kind.NUMBER),
        Field("off_each", "每差1扣几分", Kind.NUMBER, hint="空着是不到线不得分", required=False),
    ),
    FormulaKind.TIERS: (),
    FormulaKind.COUNT: (Field("each", "每个几分", Kind.NUMBER),),
}
_STEP = Shape(
    "档次（最好的写在前面）", (Field("bound", "到", Kind.NUMBER), Field("points", "得分", Kind.NUMBER)), label="bound"
)


def _formula_fields(table: Mapping[str, Any]) -> tuple[Field, ...]:
    return _OWN.get(str(table.get("kind", "")), ())


FORMULA = Shape(
    "怎么算",
    (Field("kind", "算法", Kind.CHOICE, choices=_FORMULAS, hint="改了算法，点“更新栏目”"),),
    lists={"steps": _STEP},
    more=_formula_fields,
    lists_if=lambda table: table.get("kind") == FormulaKind.TIERS,
)
INDICATOR = Shape(
    "指标",
    (
        Field("name", "名称"),
        Field("kind", "归哪一类", Kind.CHOICE, choices=_KINDS),
        _FIGURE,
        _ON,
        Field("weight", "分值", Kind.NUMBER),
        Field("bonus", "是加分项", Kind.FLAG, required=False, choices=YES_NO),
        Field(
            "if_none",
            "没有可算的",
            Kind.CHOICE,
            required=False,
            choices=(("", "不得分"), ("full", "给满分"), ("zero", "不得分")),
        ),
        _CLAUSE,
    ),
    tables={"formula": FORMULA},
    label="code",
)
SCHEME = Shape(
    "考核办法",
    (
        Field("name", "名称"),
        Field("example", "还是示例", Kind.FLAG, hint="照本镇文件改好了，就选“否”", required=False, choices=YES_NO),
    ),
    tables={
        "points": Shape(
            "总分",
            (
                Field("full", "满分", Kind.NUMBER),
                Field("most", "加上加分，最高", Kind.NUMBER, hint="空着就是满分", required=False),
                Field("decimals", "每项保留几位小数", Kind.WHOLE, required=False),
                Field("rounding", "进位", Kind.CHOICE, choices=(("half-up", "四舍五入"), ("down", "直接舍去"))),
            ),
        ),
        "ranking": Shape(
            "名次",
            (Field("skip_after_tie", "并列后跳过名次", Kind.FLAG, required=False, choices=YES_NO),),
            lists={"then_by": Shape("同分再比", (_FIGURE, _ON), label="figure")},
        ),
        "commendation": Shape(
            "表彰",
            (Field("publicity_days", "公示几个工作日", Kind.WHOLE), _CLAUSE),
            tables={
                "persons": Shape(
                    "表彰个人（不表彰就都空着）",
                    (
                        Field("name", "名称"),
                        Field("most_people", "最多几人", Kind.WHOLE),
                        Field("per_enrolment", "有效登记每笔几分", Kind.NUMBER),
                        Field("per_follow_up", "上门每次几分", Kind.NUMBER, required=False),
                        Field("least_enrolments", "至少登记几笔", Kind.WHOLE, required=False),
                        Field("most_undone_percent", "撤销退保不超过（%）", Kind.NUMBER),
                        _CLAUSE,
                    ),
                )
            },
            lists={
                "villages": Shape(
                    "表彰村居（第一等写在前面）",
                    (
                        Field("name", "等次"),
                        Field("to_rank", "到第几名", Kind.WHOLE),
                        Field("at_least", "至少几分", Kind.NUMBER, required=False),
                    ),
                    label="name",
                )
            },
        ),
        "subsidy": Shape(
            "工作经费补助（不补助就都空着）",
            (
                Field("figure", "按什么数分档", Kind.CHOICE, choices=_FIGURES),
                Field("budget", "预算（元）", Kind.YUAN),
                Field(
                    "spend",
                    "没用完怎么办",
                    Kind.CHOICE,
                    choices=(("at-most", "不超预算就按档给"), ("all", "总把预算分完")),
                ),
                Field("veto_excludes", "一票否决的不补", Kind.FLAG, required=False, choices=YES_NO),
                _CLAUSE,
            ),
            lists={
                "tiers": Shape(
                    "档次（完成情况高的写在前面，每档填一种钱）",
                    (
                        Field("at_least", "不低于（%）", Kind.NUMBER),
                        Field("per_head", "每参保一人（元）", Kind.YUAN, required=False),
                        Field("fixed", "定额（元）", Kind.YUAN, required=False),
                    ),
                    label="at_least",
                )
            },
        ),
    },
    lists={
        "indicators": INDICATOR,
        "caps": Shape(
            "封顶",
            (Field("kind", "哪一类", Kind.CHOICE, choices=_KINDS), Field("most", "最多几分", Kind.NUMBER), _CLAUSE),
            label="kind",
        ),
        "vetoes": Shape(
            "一票否决",
            (
                Field("name", "什么情况"),
                _FIGURE,
                _ON,
                Field("bound", "应当不低于", Kind.NUMBER),
                Field("most", "总分最高", Kind.NUMBER, hint="空着是不限", required=False),
                _CLAUSE,
            ),
            label="code",
        ),
    },
)
_CODED = ("indicators", "vetoes")  # rows that are told apart by a code which no form shows


def scheme_form(tables: Tables) -> Node:
    """Return the file as one form."""
    return form_of(SCHEME, tables)


def put_scheme(tables: Tables, given: Mapping[str, str]) -> Tables:
    """Return the file with what a form gave; `NAME.remove` drops a row. New rows get a code of their own.

    Errors: InvalidInput when the names are not those of this form.
    """
    changed = deepcopy(tables)
    node = scheme_form(changed)
    try:
        put_node(changed, node, given)
        remove_rows(changed, node, given)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput("页面过期了，没有保存。请刷新页面再填。") from error
    for key in _CODED:
        _give_codes(changed.get(key, []), key)
    for row in changed.get("indicators", []):
        _keep_own(row)
    _drop_empty(changed)
    return changed


def _give_codes(rows: list[Tables], key: str) -> None:
    used = {row.get("code") for row in rows}
    free = (f"{key[0]}{number}" for number in range(1, 1000) if f"{key[0]}{number}" not in used)
    for row in rows:
        if not row.get("code"):
            row["code"] = next(free)


def _keep_own(row: Tables) -> None:
    """What belonged to another way of counting goes with it."""
    formula = row.setdefault("formula", {})
    own = {"kind", *(one.key for one in _formula_fields(formula))}
    if formula.get("kind") == FormulaKind.TIERS:
        own.add("steps")
    for key in [key for key in formula if key not in own]:
        del formula[key]


def _drop_empty(tables: Tables) -> None:
    """An optional table that says nothing is not there."""
    commendation = tables.get("commendation", {})
    for holder, key in ((commendation, "persons"), (tables, "subsidy")):
        held = holder.get(key)
        if isinstance(held, dict) and not any(value not in (None, "", [], False) for value in held.values()):
            del holder[key]
    for key in ("caps", "vetoes"):
        if tables.get(key) == []:
            del tables[key]
    for holder, key in ((commendation, "villages"), (tables.get("ranking", {}), "then_by")):
        if holder.get(key) == []:
            del holder[key]
