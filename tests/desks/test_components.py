"""The components that every page is made of, as the HTML they give."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from ankang.desks.capitals import capitals
from ankang.desks.components.money_field import MoneyField
from ankang.desks.icons import icon_svg
from ankang.desks.menus import MENUS, menu_for


def render(text: str, **context: object) -> str:
    return Template("{% load ankang %}" + text).render(Context(context)).strip()


class PersonForm(forms.Form):
    name = forms.CharField(label="姓名", help_text="身份证上的姓名。", error_messages={"required": "没有填姓名。"})
    payer = forms.ChoiceField(
        label="谁出钱",
        choices=[("self", "本人"), ("child", "子女")],
        widget=forms.RadioSelect,
        error_messages={"required": "没有选谁出钱。"},
    )
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    agreed = forms.BooleanField(label="老人同意", error_messages={"required": "没有勾同意。"})

    def clean(self) -> None:
        if self.data.get("note") == "撞了":
            raise forms.ValidationError("这位老人刚被别人登记了。")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (11, "壹角壹分"),
        (100, "壹元整"),
        (101, "壹元零壹分"),
        (110, "壹元壹角整"),
        (1000, "壹拾元整"),
        (10_000, "壹佰元整"),
        (10_005, "壹佰元零伍分"),
        (20_250, "贰佰零贰元伍角整"),
        (101_000, "壹仟零壹拾元整"),
        (123_456, "壹仟贰佰叁拾肆元伍角陆分"),
        (272_000, "贰仟柒佰贰拾元整"),
        (1_000_100, "壹万零壹元整"),
        (1_010_000, "壹万零壹佰元整"),
        (10_000_000, "壹拾万元整"),
        (100_100_000, "壹佰万壹仟元整"),
        (1_000_000_000, "壹仟万元整"),
        (10_000_000_000, "壹亿元整"),
        (10_000_000_100, "壹亿零壹元整"),
    ],
)
def test_capitals(fen: int, words: str) -> None:
    assert capitals(fen) == f"人民币{words}"


def test_capitals_refuse_a_negative_amount() -> None:
    with pytest.raises(ValueError, match="negative"):
        capitals(-1)


def test_icons_are_decoration_and_take_the_colour_of_the_text() -> None:
    svg = icon_svg("users", "big")
    assert svg.startswith('<svg class="ic big" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path')
    assert "style=" not in svg


def test_an_unknown_icon_is_a_bug() -> None:
    with pytest.raises(LookupError, match="unicorn-of-nowhere"):
        icon_svg("unicorn-of-nowhere")


def test_every_menu_entry_has_an_icon_of_the_set() -> None:
    for entries in MENUS.values():
        for entry in entries:
            assert "<path" in icon_svg(entry.icon), entry


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ 123450|yuan }}", "1,234.50"),
        ("{{ 0|yuan }}", "0.00"),
        ("{{ nothing|yuan }}", "—"),
        ("{{ 16041|thousands }}", "16,041"),
        ("{{ 999|thousands }}", "999"),
        ("{{ day|cn_date }}", "2024年3月4日"),
        ("{{ nothing|cn_date }}", "—"),
        ("{{ moment|instant }}", '<span class="nowrap">2024-03-04 10:16</span>'),
        ("{{ 10000|capitals }}", "人民币壹佰元整"),
    ],
)
def test_filters(text: str, shown: str) -> None:
    moment = datetime(2024, 3, 4, 2, 16, tzinfo=UTC)
    assert render(text, day=date(2024, 3, 4), moment=moment, nothing=None) == shown


@pytest.mark.parametrize(
    ("tag", "width", "mark"),
    [
        ("{% bar 67.91 100 85 'bad' %}", "67.91%", "85.00%"),
        ("{% bar 10894 16041 %}", "67.91%", None),
        ("{% bar 120 100 %}", "100.00%", None),
        ("{% bar 3 0 0 %}", "0.00%", "0.00%"),
    ],
)
def test_bar_is_drawn_by_attributes_alone(tag: str, width: str, mark: str | None) -> None:
    html = render(tag)
    assert f'y="3" width="{width}" height="12"' in html
    assert (f'class="mark" x="{mark}"' in html) is (mark is not None)
    assert "style=" not in html


def test_tag_shows_a_word_beside_the_colour() -> None:
    html = render("{% tag 'ok' '已达标' %}")
    assert html.startswith('<span class="tag ok"><svg')
    assert html.endswith("已达标</span>")
    assert "<svg" not in render("{% tag 'mute' '已撤销' %}")


def test_field_ties_label_hint_and_error_to_the_control() -> None:
    html = render("{% field form.name %}", form=PersonForm({"name": ""}))
    assert '<label class="form-label" for="id_name">姓名</label>' in html
    assert '<p class="hint" id="id_name_helptext">身份证上的姓名。</p>' in html
    assert html.index("没有填姓名。") < html.index("<input")
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="form-control"' in html


def test_choices_are_a_fieldset_and_a_tick_carries_its_own_label() -> None:
    form = PersonForm()
    choices = render("{% field form.payer %}", form=form)
    assert "<fieldset" in choices
    assert "<legend>谁出钱</legend>" in choices
    assert '<label for="id_payer_0"><input type="radio" name="payer" value="self" id="id_payer_0" required>' in choices
    assert '<label class="ck" for="id_agreed"><input type="checkbox"' in render("{% field form.agreed %}", form=form)
    assert "（可不填）" in render("{% field form.note %}", form=form)


def test_error_summary_links_each_problem_to_its_control() -> None:
    html = render("{% error_summary form %}", form=PersonForm({"name": "", "note": "撞了"}))
    assert "有 4 处要改" in html
    assert "<b>这位老人刚被别人登记了。</b>" in html
    assert '<a href="#id_name">没有填姓名。</a>' in html
    assert '<a href="#id_payer_0">没有选谁出钱。</a>' in html
    assert '<a href="#id_agreed">没有勾同意。</a>' in html


def test_error_summary_is_silent_when_all_is_well() -> None:
    good = PersonForm({"name": "王秀兰", "payer": "self", "agreed": "on"})
    assert render("{% error_summary form %}", form=good) == ""
    assert render("{% error_summary form %}", form=PersonForm()) == ""


@pytest.mark.parametrize(
    ("number", "previous", "following"),
    [
        (1, None, "?village=05&amp;page=2"),
        (2, "?village=05&amp;page=1", "?village=05&amp;page=3"),
        (3, "?village=05&amp;page=2", None),
    ],
)
def test_pager_keeps_the_filters_of_the_address(number: int, previous: str | None, following: str | None) -> None:
    request = RequestFactory().get("/", {"village": "05", "page": str(number)})
    html = render("{% pager page_obj %}", page_obj=Paginator(range(1, 2501), 1000).page(number), request=request)
    assert f"共 2,500 条，第 {number} / 3 页" in html
    assert (f'href="{previous}" rel="prev"' in html) is (previous is not None)
    assert (f'href="{following}" rel="next"' in html) is (following is not None)


def test_the_menu_marks_where_one_is() -> None:
    todo = next(item for item in menu_for("village", "/village/todo/") if item.label == "待办")
    assert (todo.address, todo.aria_current) == ("/village/todo/", "page")
    below = next(item for item in menu_for("village", "/village/todo/3/") if item.label == "待办")
    assert below.aria_current == "true"
    assert not any(item.is_current for item in menu_for("village", "/help/"))
    slip = next(item for item in menu_for("village", "/village/handovers/3/pdf/") if item.is_current)
    assert (slip.label, slip.aria_current) == ("收费", "true")


@pytest.mark.parametrize("typed", ["1200.5", "1,200.50", "1，200.50元", "１２００．５０", " 1200.50 元"])
def test_an_amount_is_taken_as_people_type_it(typed: str) -> None:
    assert MoneyField(label="金额（元）").clean(typed) == 120_050


@pytest.mark.parametrize(
    ("typed", "words"),
    [("9" * 12, ""), ("9" * 13, "数额太大"), ("-1", "不能是负数"), ("八百", "不是金额"), ("1.234", "不是金额")],
)
def test_an_amount_that_is_none_is_told_why(typed: str, words: str) -> None:
    field = MoneyField(label="金额（元）")
    if not words:
        assert field.clean(typed) == int(typed) * 100
        return
    with pytest.raises(forms.ValidationError, match=words):
        field.clean(typed)
