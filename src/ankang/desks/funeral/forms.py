"""The forms of a death at the funeral home: one a page; what was said on another page comes along hidden."""

from typing import Any
from uuid import uuid4

from django import forms

from ankang.claims.death_models import DeathReport
from ankang.claims.death_offers import Death
from ankang.claims.payees import PayeeEntry
from ankang.claims.payout_models import Payee
from ankang.desks.components.case_forms import FindForm, KeyForm, PayeeForm
from ankang.desks.components.day_field import DayField
from ankang.rules.documents import PaperList, Situation
from ankang.rules.heirs import FIRST, SECOND

MOST_HEIRS = 12
_RELATIONS = [("", "请选"), *((code, name) for code, name in Payee.Relation.choices if code in FIRST | SECOND)]


class FindDeathForm(FindForm):
    """Who died, and when."""

    number = forms.CharField(
        label="去世老人的身份证号",
        help_text="18 位，末位是 X 的照写",
        error_messages={"required": "请填身份证号。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "class": "num", "maxlength": "30"}),
    )
    died_on = DayField(label="哪一天去世的", help_text="照死亡证明，例如 2024-05-12")


class StartForm(KeyForm):
    """What the first page found; it comes along hidden."""

    resident = forms.IntegerField(widget=forms.HiddenInput)
    died_on = DayField(widget=forms.HiddenInput)


class FactsForm(forms.Form):
    """What of, which papers of the programme's list were seen, who tells it."""

    cause = forms.ChoiceField(
        label="怎么去世的",
        choices=DeathReport.Cause.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选怎么去世的。"},
    )
    event_on = DayField(label="意外是哪一天出的", help_text="和去世同一天就空着", required=False)
    what_happened = forms.CharField(
        label="怎么出的事", help_text="意外才写，一句话，例如：骑车摔倒", max_length=200, required=False
    )
    papers = forms.MultipleChoiceField(
        label="看到了哪些原件",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从列出的材料里勾。"},
    )
    reporter = forms.CharField(
        label="谁来办的",
        help_text="姓名和关系，例如：张明，儿子",
        max_length=60,
        error_messages={"required": "请写是谁来办的，例如“张明，儿子”。"},
    )
    reporter_phone = forms.RegexField(
        r"^[\d\- +]{7,20}$",
        label="他的电话",
        help_text="中国人寿要打这个电话",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"invalid": "电话只写数字，例如 13800000000。"},
    )
    paper_on = DayField(label="纸表上的日期", help_text="停电时填过纸表才写", required=False)
    paper_by = forms.CharField(label="纸表是谁填的", max_length=60, required=False)

    def __init__(self, *given: Any, listed: PaperList, **options: Any) -> None:
        super().__init__(*given, **options)
        needs = sorted(listed.needed({Situation.DEATH}), key=lambda need: need.situation != Situation.DEATH)
        codes = dict.fromkeys(code for need in needs for code in need.any_of if code != "bank")
        self.fields["papers"].choices = [(code, listed.paper(code).name) for code in codes]  # type: ignore[attr-defined]
        asked = PaperList(listed.papers, tuple(one for one in needs if one.situation == Situation.DEATH))
        said = "；".join(f"{one.title}：{one.words}" for one in asked.missing({Situation.DEATH}, ()))
        self.fields["papers"].help_text = f"当场付要有：{said}" if said else ""

    def death(self, start: StartForm) -> Death:
        """Return what the two valid forms tell."""
        given = dict(self.cleaned_data)
        return Death(died_on=start.cleaned_data["died_on"], papers=tuple(given.pop("papers")), **given)


class HeirForm(PayeeForm):
    """One heir. All empty: nobody."""

    relation = forms.ChoiceField(label="是老人的", required=False, choices=_RELATIONS)
    means = None  # type: ignore[assignment]  # the same for all of them

    field_order = ("name", "relation", "share", "bank", "account")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        for one in self.fields.values():
            look = "form-select" if isinstance(one.widget, forms.Select) else "form-control"
            one.widget.attrs["class"] = f"{look} {one.widget.attrs.get('class', '')}".strip()

    @property
    def is_filled(self) -> bool:
        return bool(self.cleaned_data.get("name") or self.cleaned_data.get("relation"))

    def heir(self, means: str) -> PayeeEntry:
        given = {name: self.cleaned_data[name] for name in ("name", "relation", "bank", "account")}
        return PayeeEntry(**given, means=means, share=self.cleaned_data["share"] or 1)


HeirRows = forms.formset_factory(HeirForm, extra=0, min_num=1, max_num=MOST_HEIRS, absolute_max=MOST_HEIRS)


class HeirsForm(forms.Form):
    """How the money comes, and the declaration."""

    means = forms.ChoiceField(
        label="钱怎么收",
        choices=[("cash", "当场领现金"), ("bank", "转到银行卡")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选钱怎么收。"},
    )
    declared = forms.BooleanField(
        label="继承人看过声明：没有漏写同一顺序的继承人，份额大家商量好了",
        required=False,
    )

    def __init__(self, *given: Any, by_card: bool = False, **options: Any) -> None:
        super().__init__(*given, **options)
        if by_card:
            self.fields["means"].choices = [("bank", "转到银行卡")]  # type: ignore[attr-defined]
            self.fields["means"].initial = "bank"


def new_key() -> str:
    """Return the key of a new report: it comes along from page to page."""
    return str(uuid4())
