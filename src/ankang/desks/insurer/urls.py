from django.urls import URLPattern, URLResolver

from ankang.desks.components.accounts import accounts_pages

app_name = "insurer"
urlpatterns: list[URLPattern | URLResolver] = [
    *accounts_pages,
]
