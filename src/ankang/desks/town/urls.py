from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accounts import accounts_pages
from ankang.desks.town import claims, installation

app_name = "town"
urlpatterns: list[URLPattern | URLResolver] = [
    *accounts_pages,
    path("claims/", claims.claims, name="claims"),
    path("settings/", installation.settings, name="settings"),
    path("settings/day/", installation.settings_day, name="settings-day"),
    path("settings/policy/", installation.settings_policy, name="settings-policy"),
]
