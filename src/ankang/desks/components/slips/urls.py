"""The addresses, the same on the village's and the town's desk."""

from django.urls import URLPattern, path

from ankang.desks.components.slips import household, listing, slip, upload

slip_pages: list[URLPattern] = [
    path("enrol/household/", household.household, name="enrol-household"),
    path("enrol/many/", listing.many, name="enrol-many"),
    path("enrol/excel/", upload.excel, name="enrol-excel"),
    path("enrol/excel/template/", upload.template, name="enrol-excel-template"),
    path("enrol/slips/<int:slip_id>/", slip.slip, name="slip"),
    path("enrol/slips/<int:slip_id>/export/", slip.export, name="slip-export"),
]
