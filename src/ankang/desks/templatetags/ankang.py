"""The components that every page is made of. A template loads them with `{% load ankang %}`."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ankang.desks.capitals import capitals as in_capitals
from ankang.desks.icons import icon_svg
from ankang.rules.assessment import points_shown
from ankang.rules.days import day_words
from ankang.rules.money import yuan as in_yuan
from ankang.rules.money import yuan_shown

register = template.Library()

TAG_ICONS = {"ok": "circle-check", "warn": "alert-triangle", "bad": "alert-octagon", "info": "info-circle"}
NOTE_TONES = {"success": "ok", "warning": "warn", "error": "bad"}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """`{% icon 'users' %}`: one Tabler outline icon, hidden from screen readers."""
    return icon_svg(name, css)


@register.filter
def yuan(amount_fen: int | None) -> str:
    """Fen as yuan for the screen, `1,234.50`; a dash where there is no amount."""
    return "—" if amount_fen is None else yuan_shown(amount_fen)


@register.filter
def paper_yuan(amount_fen: int) -> str:
    """Fen as yuan for official papers, without separators: `1234.50`."""
    return in_yuan(amount_fen)


@register.filter
def capitals(amount_fen: int) -> str:
    """Fen in Chinese capitals: `人民币壹佰元整`."""
    return in_capitals(amount_fen)


@register.filter
def points(hundredths: int) -> str:
    """Hundredths of a point as points: `28.50`."""
    return points_shown(hundredths)


@register.filter
def thousands(number: int | None) -> str:
    """A count with separators, `16,041`; a dash where there is none."""
    return "—" if number is None else f"{number:,}"


@register.filter
def total(rows: Iterable[Any], column: int | str) -> int:
    """The sum of one column of a table's rows, for its last line: by its place in a tuple or by its name."""
    return sum(row[column] if isinstance(column, int) else getattr(row, column) for row in rows)


@register.filter
def cn_date(day: date | None) -> str:
    """A day as `2024年3月4日`; a dash where there is none."""
    return day_words(day) if day else "—"


def instant(moment: datetime | None) -> str:
    """An instant as `2024-03-04 10:16`, Asia/Shanghai; a dash where there is none."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "—"


@register.filter("instant")
def unbroken_instant(moment: datetime | None) -> str:
    """The same for a page: no line ends inside it."""
    return format_html('<span class="nowrap">{}</span>', instant(moment))


@register.filter
def note_tone(level: str) -> str:
    """The tone of a message's level: success, warning, error, anything else is information."""
    return NOTE_TONES.get(level, "info")


@register.inclusion_tag("desks/parts/bar.html")
def bar(value: float, maximum: float = 100, mark: float | None = None, tone: str = "") -> dict[str, Any]:
    """A bar of `value` out of `maximum` with an optional line at `mark`; the figures stand beside it as text."""
    return {"width": _share(value, maximum), "mark": None if mark is None else _share(mark, maximum), "tone": tone}


def _share(value: float, maximum: float) -> str:
    share = 100 * value / maximum if maximum else 0
    return f"{max(0.0, min(100.0, share)):.2f}%"


@register.inclusion_tag("desks/parts/tag.html")
def tag(tone: str, text: str, name: str | None = None) -> dict[str, Any]:
    """A coloured word: tone ok, warn, bad, info or mute. Always an icon and a word beside the colour."""
    return {"tone": tone, "text": text, "icon": TAG_ICONS.get(tone) if name is None else name}


@register.inclusion_tag("desks/parts/field.html")
def field(bound: BoundField, css: str = "") -> dict[str, Any]:
    """One form field: label, hint, what is wrong, then the control. `css` plain: no word on staying empty."""
    widget = bound.field.widget
    several = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    tick = isinstance(widget, CheckboxInput) and not several
    kind = "choices" if several else "tick" if tick else "control"
    looks = "" if kind != "control" else "form-select" if isinstance(widget, Select) else "form-control"
    control = bound.as_widget(attrs={"class": f"{looks} {widget.attrs.get('class', '')}".strip()} if looks else {})
    return {"field": bound, "kind": kind, "control": control, "css": css, "says_optional": "plain" not in css.split()}


@register.inclusion_tag("desks/parts/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """What is wrong in the whole form, each with a link to its field. Nothing when all is well."""
    if not form.is_bound:
        return {"problems": []}
    problems = [("", message) for message in form.non_field_errors()]
    for bound in form:
        problems += [(_anchor(bound), message) for message in bound.errors]
    return {"problems": problems}


def _anchor(bound: BoundField) -> str:
    """The id of the control that a link should reach: the first of several choices."""
    several = isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if several else str(bound.id_for_label or bound.auto_id)


@register.inclusion_tag("desks/parts/pager.html", takes_context=True)
def pager(context: template.RequestContext, page_obj: Page[Any], name: str = "page") -> dict[str, Any]:
    """Where one is in a long list, and the way on. Keeps the filters of the address."""

    def address(number: int) -> str:
        query = context["request"].GET.copy()
        query[name] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page_obj,
        "previous": address(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": address(page_obj.next_page_number()) if page_obj.has_next() else "",
    }
