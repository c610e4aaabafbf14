from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.green.urls import green_pages
from ankang.desks.window import views
from ankang.desks.window.imports import import_pages

app_name = "window"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.settle, name="home"),
    *import_pages,
    *accident_pages,
    *green_pages,
]
