from django.urls import path

from ankang.desks.town.plans import comparing, confirming, editing, listing, reviewing

plan_pages = [
    path("plans/", listing.plans, name="plans"),
    path("plans/export/", listing.plans_export, name="plans-export"),
    path("plans/<int:pk>/copy/", listing.start, name="plan-copy"),
    path("plans/<int:pk>/readings/<str:reading>/", confirming.confirm, name="reading-confirm"),
    path("plans/compare/", comparing.comparison, name="plan-compare"),
    path("plans/compare/export/", comparing.comparison_export, name="plan-compare-export"),
    path("plans/drafts/<int:pk>/review/", reviewing.review, name="plan-review"),
    path("plans/drafts/<int:pk>/history/", editing.history, name="plan-history"),
    path("plans/drafts/<int:pk>/add/", editing.add, name="plan-add"),
    path("plans/drafts/<int:pk>/follow/", editing.follow, name="plan-follow"),
    path("plans/drafts/<int:pk>/files/<str:name>", editing.download, name="plan-file"),
    path("plans/drafts/<int:pk>/<str:section>/", editing.section, name="plan-section"),
]
