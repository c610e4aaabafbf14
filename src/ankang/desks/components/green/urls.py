"""The addresses of the green channels' shared pages."""

from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.green import case, days

green_pages: list[URLPattern | URLResolver] = [
    path("claims/<str:number>/", case.case, name="case"),
    path("claims/<str:number>/pay/", case.pay, name="pay"),
    path("claims/<str:number>/card/", case.card, name="card"),
    path("claims/<str:number>/take-back/", case.money_back, name="take-back"),
    path("claims/<str:number>/parts/", case.parts, name="parts"),
    path("claims/<str:number>/stub/", case.stub, name="stub"),
    path("day/", days.day, name="day"),
    path("day/close/", days.close, name="day-close"),
    path("day/<int:pk>.<str:kind>", days.day_file, name="day-file"),
]
advance_pages: list[URLPattern | URLResolver] = [
    path("advances/", days.advances, name="advances"),
    path("advances/<int:pk>/back/", days.pay_back, name="advances-back"),
    path("advances/<int:pk>.<str:kind>", days.day_file, name="day-file"),
]
