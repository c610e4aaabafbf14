"""The addresses, the same on the village's and the town's desk."""

from django.urls import path

from ankang.desks.components.enrol import views

enrol_pages = [
    path("enrol/", views.enrol, name="enrol"),
    path("enrol/<int:enrolment_id>/", views.enrolled, name="enrolled"),
    path("enrol/<int:enrolment_id>/cancel/", views.cancel, name="cancel-enrolment"),
]
