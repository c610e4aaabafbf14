from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.green.urls import green_pages
from ankang.desks.window import views

app_name = "window"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.settle, name="home"),
    *accident_pages,
    *green_pages,
]
