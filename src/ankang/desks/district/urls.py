from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.coming import DISTRICT, coming

app_name = "district"
urlpatterns: list[URLPattern | URLResolver] = [path("", coming("district", DISTRICT), name="home")]
