from django.urls import URLPattern, path

from ankang.desks.components.policies.certificates import certificate_pages
from ankang.desks.components.policies.endorsements import endorsement_pages
from ankang.desks.components.policies.group_policy import group_policy_pages
from ankang.desks.town.policies import applications, lists

policy_pages: list[URLPattern] = [
    path("applications/", applications.application_list, name="applications"),
    path("applications/new/", applications.application_new, name="application-new"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/send/", applications.application_send, name="application-send"),
    path("applications/<int:pk>/cancel/", applications.application_cancel, name="application-cancel"),
    path("applications/<int:pk>/export/", applications.application_export, name="application-export"),
    path("policy-gaps/", lists.gaps, name="policy-gaps"),
    path("policy-gaps/export/", lists.gaps_export, name="policy-gaps-export"),
    path("renewals/", lists.renewal_list, name="renewals"),
    path("renewals/export/", lists.renewals_export, name="renewals-export"),
    *certificate_pages,
    *group_policy_pages,
    *endorsement_pages,
]
