from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.bulletins import reading_pages
from ankang.desks.components.figures.pages import place_pages
from ankang.desks.district import rollup
from ankang.desks.district.overview import overview, overview_export

app_name = "district"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview, name="home"),
    path("export/", overview_export, name="export"),
    *place_pages,
    *reading_pages,
    path("rollup/", rollup.rollup, name="rollup"),
    path("rollup/sheet/", rollup.rollup_sheet, name="rollup-sheet"),
    path("rollup/bundle/", rollup.rollup_bundle, name="rollup-bundle"),
]
