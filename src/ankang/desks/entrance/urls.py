from django.urls import path

from ankang.desks.entrance import views

urlpatterns = [
    path("login/", views.log_in, name="login"),
    path("login/second-step/", views.second_step, name="second-step"),
    path("logout/", views.log_out, name="logout"),
    path("me/here/", views.here, name="here"),
    path("me/password/", views.password, name="password"),
    path("me/device/", views.device, name="device"),
    path("welcome/<str:token>/", views.invitation, name="invitation"),
]
