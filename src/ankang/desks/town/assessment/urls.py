from django.urls import path

from ankang.desks.town.assessment import certificates, overview, results, rewards, scheme, scheme_form, subsidy

assessment_pages = [
    path("assessment/", overview.assessment, name="assessment"),
    path("assessment/export/", overview.assessment_export, name="assessment-export"),
    path("assessment/freeze/", overview.assessment_freeze, name="assessment-freeze"),
    path("assessment/village/<str:code>/", overview.assessment_village, name="assessment-village"),
    path("assessment/scheme/form/", scheme_form.scheme_form, name="assessment-scheme-form"),
    path("assessment/scheme/new/", scheme.scheme_new, name="assessment-scheme-new"),
    path("assessment/scheme/<int:pk>/", scheme.scheme, name="assessment-scheme"),
    path("assessment/scheme/<int:pk>/file/", scheme.scheme_file, name="assessment-scheme-file"),
    path("assessment/scheme/<int:pk>/confirm/", scheme.scheme_confirm, name="assessment-scheme-confirm"),
    path("assessment/results/<int:pk>/", results.run, name="assessment-run"),
    path("assessment/results/<int:pk>/export/", results.run_export, name="assessment-run-export"),
    path("assessment/results/<int:pk>/village/<str:code>/", results.run_village, name="assessment-run-village"),
    path("assessment/results/<int:pk>/recalculate/", results.run_recalculate, name="assessment-recalculate"),
    path("assessment/results/<int:pk>/commend/", results.run_commend, name="assessment-commend"),
    path("assessment/results/<int:pk>/subsidise/", results.run_subsidise, name="assessment-subsidise"),
    path("assessment/objections/<int:pk>/", results.objection, name="assessment-objection"),
    path("assessment/commendation/<int:pk>/", rewards.commendation, name="commendation"),
    path("assessment/commendation/<int:pk>/review/", rewards.commendation_review, name="commendation-review"),
    path("assessment/commendation/<int:pk>/object/", rewards.commendation_object, name="commendation-object"),
    path("assessment/commendation/<int:pk>/finish/", rewards.commendation_finish, name="commendation-finish"),
    path("assessment/commendation/<int:pk>/export/", rewards.commendation_export, name="commendation-export"),
    path("assessment/commendation/<int:pk>/certificates/", certificates.certificates, name="commendation-certificates"),
    path("assessment/commendation/answers/<int:pk>/", rewards.commendation_answer, name="commendation-answer"),
    path("assessment/subsidy/<int:pk>/", subsidy.subsidy, name="subsidy"),
    path("assessment/subsidy/<int:pk>/review/", subsidy.subsidy_review, name="subsidy-review"),
    path("assessment/subsidy/<int:pk>/print/", subsidy.subsidy_print, name="subsidy-print"),
    path("assessment/subsidy/<int:pk>/export/", subsidy.subsidy_export, name="subsidy-export"),
]
