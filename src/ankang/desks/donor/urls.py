from django.urls import URLPattern, URLResolver

app_name = "donor"
urlpatterns: list[URLPattern | URLResolver] = []
