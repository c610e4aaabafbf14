from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.coming import FUNERAL, coming

app_name = "funeral"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", coming("funeral", FUNERAL), name="home"),
    *accident_pages,
]
