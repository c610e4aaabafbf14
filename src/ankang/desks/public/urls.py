from django.urls import URLPattern, URLResolver, path

from ankang.desks.public import certificates, notify, receipts, views

app_name = "public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("insured/", views.insured, name="insured"),
    path("pay/notify/", notify.pay_notify, name="pay-notify"),
    path("receipt/", receipts.verify, name="receipt"),
    path("verify/certificate/<str:number>/<str:code>/", certificates.certificate, name="certificate"),
    path("looks/", views.looks, name="looks"),
]
