from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.coming import VILLAGE_TODO, coming

app_name = "village"
urlpatterns: list[URLPattern | URLResolver] = [path("todo/", coming("village", VILLAGE_TODO), name="todo")]
