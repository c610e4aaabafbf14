"""表格登记: an Excel file of people, columns matched loosely; checked as a whole before anybody is enrolled."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import tell
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.enrolment.slip_files import prepare_file
from ankang.enrolment.slip_queries import slips
from ankang.enrolment.slip_workbooks import slip_template
from ankang.enrolment.slips import Kind
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.imports.sheets import MAX_BYTES
from ankang.rules.errors import AnkangError

_REFUSED = 422


class FileForm(forms.Form):
    file = forms.FileField(
        label="登记表",
        help_text="xlsx、xls、ods 或 csv，最大20MB，最多5,000行。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        error_messages={
            "required": "请先选择填好的登记表。",
            "empty": "文件是空的。请选择填好的登记表后再上传。",
            "missing": "没有收到文件，请重新选择。",
        },
    )


@desk_page("town", "village")
@require_http_methods(["GET", "HEAD", "POST"])
def excel(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is checked and shown, nobody is enrolled yet."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if version and request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            slip = prepare_file(
                by=user,
                version=version,
                file_name=upload.name,
                content=upload.read(MAX_BYTES + 1),
                today=today,
                now=now_of(request),
            )
        except AnkangError as error:
            tell(form, error)
        else:
            return redirect(desk_url(request, "slip", slip.pk))
    recent = list(slips(user).filter(kind=Kind.FILE)[:10])
    context = {"form": form, "version": version, "recent": recent, "way": "excel"}
    status = _REFUSED if request.method == "POST" else 200
    return page(request, "desks/components/slips/excel.html", context, status=status)


@desk_page("town", "village")
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """Download the empty file with this year's products."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return redirect(desk_url(request, "enrol-excel"))
    return download(slip_template(plan_of(version)), "多人登记模板.xlsx")
