from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.accidents.papers import help_pages
from ankang.desks.components.accounts import accounts_pages
from ankang.desks.components.bulletins import file_pages
from ankang.desks.components.calculator import calculator_pages
from ankang.desks.components.capacity import capacity_pages, town_capacity_pages
from ankang.desks.components.charges import charge_pages
from ankang.desks.components.checks import check_pages
from ankang.desks.components.enrol.urls import enrol_pages
from ankang.desks.components.figures.pages import figure_pages, place_pages
from ankang.desks.components.money.receipts import receipt_pages
from ankang.desks.components.notices import notice_pages
from ankang.desks.components.roster import roster_pages
from ankang.desks.components.roster_export import full_export_pages
from ankang.desks.components.slips.urls import slip_pages
from ankang.desks.components.terms import terms_pages
from ankang.desks.components.whatif.pages import what_if_pages
from ankang.desks.components.withdrawals import withdrawal_pages
from ankang.desks.town import (
    audit,
    bulletins,
    checkup,
    claims,
    dashboard,
    installation,
    late,
    money,
    notices,
    outreach,
    purchases,
    subjects,
)
from ankang.desks.town.assessment.urls import assessment_pages
from ankang.desks.town.plans.urls import plan_pages
from ankang.desks.town.policies.urls import policy_pages
from ankang.desks.town.targets.views import target_pages
from ankang.desks.town.treasury.urls import treasury_pages

app_name = "town"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("export/", dashboard.dashboard_export, name="dashboard-export"),
    *figure_pages(),
    *accident_pages,
    *help_pages,
    *target_pages,
    *place_pages,
    path("money/", money.money, name="money"),
    path("money/export/", money.money_export, name="money-export"),
    path("money/differences/<str:code>/", money.difference, name="difference"),
    path("money/transfers/<int:pk>/", money.transfer_payment, name="transfer-payment"),
    *receipt_pages,
    path("handovers/<int:pk>/", money.handover, name="handover"),
    path("subjects/", subjects.subjects, name="subjects"),
    path("subjects/export/", subjects.subjects_export, name="subjects-export"),
    path("subjects/batches/", purchases.purchases, name="purchases"),
    path("subjects/batches/new/", purchases.purchase_new, name="purchase-new"),
    path("subjects/batches/<int:pk>/", purchases.purchase, name="purchase"),
    path("subjects/batches/<int:pk>/review/", purchases.purchase_review, name="purchase-review"),
    path("subjects/batches/<int:pk>/go-on/", purchases.purchase_go_on, name="purchase-go-on"),
    path("subjects/batches/<int:pk>/export/", purchases.purchase_export, name="purchase-export"),
    path("outreach/", outreach.outreach, name="outreach"),
    path("outreach/export/", outreach.outreach_export, name="outreach-export"),
    path("outreach/<str:code>/export/", outreach.outreach_village_export, name="outreach-village-export"),
    path("outreach/<str:code>/", outreach.outreach_village, name="outreach-village"),
    path("outreach/<str:code>/lead/", outreach.outreach_lead, name="outreach-lead"),
    path("bulletins/", bulletins.bulletin_list, name="bulletins"),
    path("bulletins/<int:pk>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/edit/", bulletins.bulletin_edit, name="bulletin-edit"),
    path("bulletins/<int:pk>/freeze/", bulletins.bulletin_freeze, name="bulletin-freeze"),
    path("bulletins/<int:pk>/release/", bulletins.bulletin_release, name="bulletin-release"),
    path("bulletins/<int:pk>/withdraw/", bulletins.bulletin_withdraw, name="bulletin-withdraw"),
    path("bulletins/<int:pk>/correct/", bulletins.bulletin_correct, name="bulletin-correct"),
    *file_pages,
    path("notices/", notices.notice_new, name="notices"),
    path("notices/export/", notices.notices_export, name="notices-export"),
    *notice_pages,
    path("checkup/", checkup.checkup, name="checkup"),
    path("checkup/export/", checkup.checkup_export, name="checkup-export"),
    *check_pages,
    *terms_pages,
    *plan_pages,
    *what_if_pages,
    *calculator_pages,
    *accounts_pages,
    *roster_pages,
    *capacity_pages,
    *town_capacity_pages,
    *full_export_pages,
    path("claims/", claims.claims, name="claims"),
    *assessment_pages,
    *enrol_pages,
    *slip_pages,
    *withdrawal_pages,
    *treasury_pages,
    *charge_pages,
    *policy_pages,
    path("late/", late.late, name="late"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/", installation.settings, name="settings"),
    path("settings/day/", installation.settings_day, name="settings-day"),
    path("settings/phone/", installation.settings_phone, name="settings-phone"),
    path("settings/policy/", installation.settings_policy, name="settings-policy"),
]
