"""The addresses of the claims handlers' pages."""

from django.urls import URLPattern, URLResolver, path

from ankang.desks.insurer import claim, report, views
from ankang.desks.insurer.invoices import invoice_pages
from ankang.desks.insurer.paper_list import paper_list_pages
from ankang.desks.insurer.papers import paper_pages
from ankang.desks.insurer.public_reports import public_report_pages

claims_pages: list[URLPattern | URLResolver] = [
    path("", views.todo_page, name="todo"),
    path("report/", report.report, name="report"),
    path("claims/", views.claims, name="claims"),
    path("claims/export/", views.claims_export, name="claims_export"),
    path("claims/<str:number>/", claim.claim, name="claim"),
    path("claims/<str:number>/phone/", claim.phone, name="claim_phone"),
    path("claims/<str:number>/losses/", claim.losses, name="losses"),
    path("claims/<str:number>/prepare/", claim.prepare, name="prepare"),
    path("claims/<str:number>/review/", claim.review, name="review"),
    path("claims/<str:number>/withdraw/", claim.withdraw, name="withdraw"),
    path("claims/<str:number>/print/", claim.decision_print, name="decision_print"),
    path("cover/", views.cover, name="cover"),
    *public_report_pages,
    *paper_pages,
    *invoice_pages,
    *paper_list_pages,
]
