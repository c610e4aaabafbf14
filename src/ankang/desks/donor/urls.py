from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.coming import DONOR, coming

app_name = "donor"
urlpatterns: list[URLPattern | URLResolver] = [path("", coming("donor", DONOR), name="home")]
