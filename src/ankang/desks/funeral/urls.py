from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.green.urls import green_pages
from ankang.desks.funeral import views

app_name = "funeral"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.register, name="home"),
    path("form.pdf", views.form_file, name="form"),
    path("claims/<str:number>/declaration/", views.declaration, name="declaration"),
    *accident_pages,
    *green_pages,
]
