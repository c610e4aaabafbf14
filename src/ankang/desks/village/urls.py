from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.enrol.urls import enrol_pages
from ankang.desks.components.enrol.views import to_enrol
from ankang.desks.components.roster import roster_pages
from ankang.desks.components.slips.urls import slip_pages
from ankang.desks.components.withdrawals import withdrawal_pages
from ankang.desks.village.todo import todo

app_name = "village"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", to_enrol, name="home"),
    *enrol_pages,
    *slip_pages,
    *withdrawal_pages,
    *roster_pages,
    path("todo/", todo, name="todo"),
]
