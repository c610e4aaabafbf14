from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.coming import WINDOW, coming

app_name = "window"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", coming("window", WINDOW), name="home"),
    *accident_pages,
]
