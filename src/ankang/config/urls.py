from django.urls import include, path

urlpatterns = [
    path("", include("ankang.desks.urls")),
]
