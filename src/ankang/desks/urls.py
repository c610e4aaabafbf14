from django.urls import URLPattern, URLResolver, include, path

from ankang.desks.guide import guide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ankang.desks.entrance.urls")),
    path("", include("ankang.desks.public.urls")),
    path("help/", guide, name="help"),
    path("town/", include("ankang.desks.town.urls")),
    path("village/", include("ankang.desks.village.urls")),
    path("insurer/", include("ankang.desks.insurer.urls")),
    path("window/", include("ankang.desks.window.urls")),
    path("funeral/", include("ankang.desks.funeral.urls")),
    path("district/", include("ankang.desks.district.urls")),
    path("donor/", include("ankang.desks.donor.urls")),
]
