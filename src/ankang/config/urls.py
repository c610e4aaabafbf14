from django.urls import include, path

urlpatterns = [
    path("", include("ankang.api.urls")),
    path("", include("ankang.desks.urls")),
]

handler400 = "ankang.desks.errors.bad_request"
handler403 = "ankang.desks.errors.forbidden"
handler404 = "ankang.desks.errors.not_found"
handler500 = "ankang.desks.errors.server_error"
