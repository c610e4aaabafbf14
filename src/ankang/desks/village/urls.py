from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.accidents.pages import accident_pages
from ankang.desks.components.accidents.papers import help_pages
from ankang.desks.components.bulletins import reading_pages
from ankang.desks.components.calculator import calculator_pages
from ankang.desks.components.capacity import capacity_pages
from ankang.desks.components.charges import charge_pages
from ankang.desks.components.checks import check_pages
from ankang.desks.components.enrol.urls import enrol_pages
from ankang.desks.components.enrol.views import to_enrol
from ankang.desks.components.figures.pages import figure_pages, place, place_export
from ankang.desks.components.money.receipts import receipt_pages, receipt_void
from ankang.desks.components.notices import notice_pages
from ankang.desks.components.policies.certificates import certificate_pages
from ankang.desks.components.policies.endorsements import endorsement_pages
from ankang.desks.components.roster import roster_pages
from ankang.desks.components.slips.urls import slip_pages
from ankang.desks.components.terms import terms_pages
from ankang.desks.components.withdrawals import withdrawal_pages
from ankang.desks.village import collecting, measures, notices, offline, score, takings, todo, workers

app_name = "village"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", to_enrol, name="home"),
    path("board/", place, name="board"),
    path("board/export/", place_export, name="board-export"),
    *figure_pages("board/"),
    *accident_pages,
    *help_pages,
    *enrol_pages,
    *slip_pages,
    *withdrawal_pages,
    *charge_pages,
    *certificate_pages,
    *endorsement_pages,
    *roster_pages,
    *capacity_pages,
    *terms_pages,
    *calculator_pages,
    *check_pages,
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("worker.js", offline.service_worker, name="service-worker"),
    path("offline/", offline.shell, name="offline"),
    path("offline/list/", offline.take, name="offline-list"),
    path("offline/list/<uuid:key>/", offline.keeping, name="offline-keeping"),
    path("offline/upload/", offline.upload, name="offline-upload"),
    *reading_pages,
    *notice_pages,
    path("notices/<int:pk>/read/", notices.notice_read, name="notice-read"),
    path("collect/", collecting.collecting, name="collecting"),
    path("collect/collective/", collecting.collect_collective, name="collect-collective"),
    path("collect/day/<str:on>/", collecting.collect_day, name="collect-day"),
    path("collect/<int:pk>/", collecting.collect_household, name="collect"),
    path("takings/", takings.takings, name="takings"),
    path("takings/close/", takings.takings_close, name="takings-close"),
    path("takings/export/", takings.takings_export, name="takings-export"),
    path("handovers/", takings.handovers, name="handovers"),
    *receipt_pages,
    path("receipts/<int:pk>/void/", receipt_void, name="receipt-void"),
    path("todo/", todo.todo, name="todo"),
    path("todo/<int:pk>/call/", todo.call, name="todo-call"),
    path("todo/<int:pk>/", todo.follow_up, name="todo-follow-up"),
    path("todo/undo/<int:pk>/", todo.undo, name="todo-undo"),
    path("todo/export/", todo.todo_export, name="todo-export"),
    path("todo/workers/export/", workers.workers_export, name="workers-export"),
    path("todo/workers/", workers.workers, name="workers"),
    path("todo/workers/divide/", workers.divide_equally, name="divide"),
    path("todo/workers/assign/", workers.assigning, name="assigning"),
    path("todo/workers/assign/done/", workers.assign_ticked, name="assign"),
    path("score/", score.score, name="score"),
    path("todo/plan/", measures.measures, name="measures"),
    path("todo/plan/<int:pk>/", measures.measure, name="measure"),
    path("todo/plan/<int:pk>/mark/", measures.measure_mark, name="measure-mark"),
    path("todo/plan/<int:pk>/remove/", measures.measure_remove, name="measure-remove"),
]
