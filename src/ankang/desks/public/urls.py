from django.urls import URLPattern, URLResolver, path

from ankang.desks.public import certificates, notify, receipts, reports, views

app_name = "public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("insured/", views.insured, name="insured"),
    path("pay/notify/", notify.pay_notify, name="pay-notify"),
    path("receipt/", receipts.verify, name="receipt"),
    path("verify/certificate/<str:number>/<str:code>/", certificates.certificate, name="certificate"),
    path("report/", reports.report, name="report"),
    path("follow/", reports.follow, name="follow"),
    path("follow/paper/", reports.paper, name="follow-paper"),
    path("follow/leave/", reports.leave, name="follow-leave"),
    path("looks/", views.looks, name="looks"),
]
