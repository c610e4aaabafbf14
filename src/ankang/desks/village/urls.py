from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.coming import VILLAGE_TODO, coming
from ankang.desks.components.enrol.urls import enrol_pages
from ankang.desks.components.enrol.views import to_enrol
from ankang.desks.components.roster import roster_pages

app_name = "village"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", to_enrol, name="home"),
    *enrol_pages,
    *roster_pages,
    path("todo/", coming("village", VILLAGE_TODO), name="todo"),
]
