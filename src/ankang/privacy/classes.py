"""The privacy class of every stored field. A test fails on a field that is not declared here, or not kept as its class
asks: 个人信息保护法 28-31 (domain 8).
"""

from ankang.privacy.claim_classes import CLAIM_CLASSES
from ankang.privacy.kinds import SEALED, Privacy
from ankang.privacy.money_classes import MONEY_CLASSES
from ankang.privacy.policy_classes import POLICY_CLASSES
from ankang.privacy.treasury_classes import TREASURY_CLASSES

__all__ = ["CLASSES", "SEALED", "Privacy", "class_of"]

# model -> class -> its fields, by name
CLASSES: dict[str, dict[Privacy, str]] = {
    **CLAIM_CLASSES,
    **MONEY_CLASSES,
    **POLICY_CLASSES,
    **TREASURY_CLASSES,
    "installation.Installation": {Privacy.SAFE: "id is_sample demo_today require_two_factors hotline"},
    "divisions.Division": {Privacy.SAFE: "code name level parent serial is_placeholder"},
    "audit.AuditSeal": {Privacy.SAFE: "id number sealed_at contents previous_digest digest"},
    "audit.AuditEntry": {
        Privacy.STAFF: "actor",
        Privacy.SAFE: "id at division_code action subject_type subject_id detail seal",
    },
    "accounts.User": {
        Privacy.STAFF: "username full_name last_login disabled_by",
        Privacy.SECRET: "password",
        Privacy.SAFE: "id desk division is_manager is_active must_change_password is_sample created_at disabled_at",
    },
    "accounts.Invitation": {
        Privacy.STAFF: "user created_by",
        Privacy.SECRET: "token_digest",
        Privacy.SAFE: "id created_at expires_at used_at",
    },
    "accounts.MachineKey": {
        Privacy.STAFF: "owner revoked_by",
        Privacy.SECRET: "secret_digest",
        Privacy.SAFE: "id division name prefix scopes created_at expires_at confirmed_at revoked_at last_used_at "
        "minute calls",
    },
    "programmes.Programme": {
        Privacy.SAFE: "id slug year name division window_from window_to cover_from cover_to is_sample",
    },
    "programmes.ProgrammeVersion": {
        Privacy.STAFF: "published_by",
        Privacy.SAFE: "id programme number document digest source published_at why",
    },
    "programmes.ProgrammeDraft": {
        Privacy.STAFF: "created_by submitted_by published_by",
        Privacy.SAFE: "id division title base is_amendment state head created_at submitted_at published_at version",
    },
    "programmes.DraftRevision": {
        Privacy.STAFF: "by",
        Privacy.SAFE: "id draft number tables targets unchecked section how at",
    },
    "programmes.DraftStep": {Privacy.STAFF: "by note acknowledged", Privacy.SAFE: "id draft kind number at"},
    "programmes.Target": {Privacy.SAFE: "id programme village serial population target"},
    "programmes.TargetIssue": {
        Privacy.STAFF: "issued_by",
        Privacy.SAFE: "id key programme number from_on paper paper_on reason source source_on rule issued_at",
    },
    "programmes.IssuedTarget": {Privacy.SAFE: "id issue village serial population target"},
    "roster.Resident": {
        Privacy.NUMBER: "number",
        Privacy.PHONE: "phone child_phone",
        Privacy.INDEX: "number_index phone_index",
        Privacy.TAIL: "number_tail phone_tail child_phone_tail",
        Privacy.PERSON: "name initials birth_date sex household address status died_on moved_on status_evidence "
        "correction_reason has_incapacity",
        Privacy.SAFE: "id village area_unknown is_sample created_at updated_at brought_by",
    },
    "roster.GroupMembership": {Privacy.GROUP: "resident group evidence", Privacy.SAFE: "id village from_on to_on"},
    "roster.Incapacity": {
        Privacy.HEALTH: "seen",
        Privacy.PERSON: "resident state paper end_paper",
        Privacy.STAFF: "reported_by decided_by ended_by",
        Privacy.SAFE: "id from_on to_on reported_at decided_at",
    },
    "roster.ImportRun": {
        Privacy.STAFF: "by undone_by",
        Privacy.SAFE: "id kind division file_name file_digest at row_count added updated unchanged rejected warned "
        "ended header last_row reached finished_at undone_at",
    },
    "roster.ImportRow": {
        Privacy.NUMBER: "cells",  # the whole row as it came, the number among it
        Privacy.PERSON: "value_masked resident",
        Privacy.INDEX: "cells_index",
        Privacy.SAFE: "id run row_number outcome code column reason fix",
    },
    "roster.ImportChange": {
        Privacy.NUMBER: "before",  # what stood before, telephones among it
        Privacy.PERSON: "resident",
        Privacy.GROUP: "what group",
        Privacy.SAFE: "id run",
    },
    "roster.LinkCase": {
        Privacy.PERSON: "name birth_date sex household phone_tail resident",
        Privacy.GROUP: "groups",
        Privacy.STAFF: "decided_by",
        Privacy.SAFE: "id row run village day state decided_at",
    },
    "roster.LinkCandidate": {
        Privacy.PERSON: "resident likelihood says",
        Privacy.SAFE: "id case",
    },
    "roster.Verification": {
        Privacy.PERSON: "resident fact note",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id check_code at",
    },
    "roster.Transfer": {
        Privacy.PERSON: "resident reason evidence household address household_before address_before note",
        Privacy.STAFF: "requested_by decided_by",
        Privacy.SAFE: "id key from_village to_village moves_on state requested_at expires_on decided_at on_behalf",
    },
    "roster.StagedImport": {
        Privacy.NUMBER: "content",  # the whole file until it is confirmed
        Privacy.STAFF: "by",
        Privacy.SAFE: "key division kind day evidence file_name at run",
    },
    "whatif.WhatIf": {
        Privacy.STAFF: "by",
        Privacy.SAFE: "id key desk division programme before_title before_digest before_plan after_title after_digest"
        " after_plan state attempts beat_at covers covers_done why result at finished_at",
    },
    "rollup.SentBundle": {Privacy.STAFF: "by", Privacy.SAFE: "id number division as_of digest"},
    "rollup.Sender": {
        Privacy.STAFF: "registered_by",
        Privacy.SAFE: "id division public_key registered_at",
    },
    "rollup.ReceivedBundle": {
        Privacy.STAFF: "received_by",
        Privacy.SAFE: "id sender number as_of digest contents signature_file received_at",
    },
    "enrolment.Participation": {
        Privacy.PERSON: "resident",
        Privacy.SAFE: "id programme village units capped_units unit_cap first_enrolled_on",
    },
    "enrolment.Enrolment": {
        Privacy.STAFF: "by cancelled_by",
        Privacy.SAFE: "id key participation village version channel enrolled_on enrolled_at consent cancelled_at "
        "withdrawn_on late_entry",
    },
    "enrolment.LateEntry": {
        Privacy.PERSON: "resident reason paper",
        Privacy.STAFF: "granted_by",
        Privacy.SAFE: "id key programme village valid_from valid_to granted_at",
    },
    "enrolment.Withdrawal": {
        Privacy.PERSON: "reason note",
        Privacy.STAFF: "requested_by decided_by",
        Privacy.SAFE: "id key enrolment village requested_at state decided_at",
    },
    "enrolment.GovernmentBatch": {
        Privacy.STAFF: "prepared_by reviewed_by prepared_note reviewed_note",
        Privacy.SAFE: "id key version division villages product units unit_price_fen bought_before state prepared_at "
        "reviewed_at finished_at",
    },
    "enrolment.GovernmentBatchRow": {
        Privacy.PERSON: "resident reason_words",
        Privacy.GROUP: "groups",
        Privacy.SAFE: "id batch village outcome reason enrolment",
    },
    "enrolment.Holding": {Privacy.SAFE: "id enrolment product units unit_price_fen cover_from cover_to"},
    "enrolment.Funding": {Privacy.MONEY: "payer amount_fen", Privacy.SAFE: "id holding"},
    "enrolment.EnrolmentSlip": {
        Privacy.STAFF: "by",
        Privacy.SAFE: "id key kind division version made_at finished_at file_name file_digest header",
    },
    "enrolment.SlipLine": {
        Privacy.NUMBER: "cells",  # the whole row as it came, the number among it
        Privacy.PERSON: "resident",
        Privacy.MONEY: "fundings total_fen giver purpose",
        Privacy.SAFE: "id slip position key product units consent outcome column reason fix enrolment",
    },
    "bulletins.Bulletin": {
        Privacy.STAFF: "drafted_by edited_by released_by withdrawn_by correction_reason withdrawn_reason",
        Privacy.SAFE: "id key division version kind state drafted_at year number figures text released_at replaces "
        "withdrawn_at",
    },
    "bulletins.FrozenFigures": {
        Privacy.STAFF: "frozen_by",
        Privacy.SAFE: "id bulletin number document digest frozen_at",
    },
    "bulletins.BulletinText": {
        Privacy.STAFF: "written_by",
        Privacy.SAFE: "id bulletin number title recipients progress problems demands copies is_drafted written_at",
    },
    "bulletins.YearNumber": {Privacy.SAFE: "id division year last"},
    "bulletins.Notice": {
        Privacy.STAFF: "issued_by read_by",
        Privacy.SAFE: "id key village version due_on document issued_at read_at",
    },
    "bulletins.NoticePerson": {
        Privacy.PERSON: "resident",
        Privacy.GROUP: "is_subject",
        Privacy.STAFF: "worker",
        Privacy.SAFE: "id notice",
    },
    "outreach.VillageLead": {Privacy.STAFF: "user named_by", Privacy.SAFE: "id village named_at"},
    "outreach.Assignment": {
        Privacy.PERSON: "resident",
        Privacy.STAFF: "worker assigned_by",
        Privacy.SAFE: "id village assigned_at",
    },
    "outreach.FollowUp": {
        Privacy.PERSON: "resident outcome note",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id key village programme again_on at is_latest undone_at",
    },
    "outreach.Measure": {
        Privacy.STAFF: "responsible created_by done_by",
        Privacy.SAFE: "id village programme title due_on created_at done_at",
    },
    "assessment.AssessmentScheme": {
        Privacy.STAFF: "entered_by confirmed_by",
        Privacy.SAFE: "id programme number text document digest is_example entered_at confirmed_at paper",
    },
    "assessment.AssessmentRun": {
        Privacy.STAFF: "frozen_by",
        Privacy.SAFE: "id key programme scheme scheme_digest number previous as_of frozen_at reason digest",
    },
    "assessment.AssessmentRow": {
        Privacy.SAFE: "id run village facts_document score_document points rank is_vetoed",
    },
    "assessment.Objection": {
        Privacy.STAFF: "raised_by answered_by text answer",
        Privacy.SAFE: "id key run village about raised_at state corrected answered_at",
    },
    "assessment.Commendation": {
        Privacy.STAFF: "prepared_by reviewed_by reviewed_note finished_by",
        Privacy.SAFE: "id key run prepared_at reviewed_at state public_from public_to finished_at",
    },
    "assessment.Commended": {
        Privacy.STAFF: "person name words",
        Privacy.SAFE: "id commendation position village award is_struck",
    },
    "assessment.PublicObjection": {
        Privacy.STAFF: "text noted_by answer answered_by",
        Privacy.SAFE: "id key commended noted_at is_upheld answered_at",
    },
    "assessment.SubsidyRequest": {
        Privacy.STAFF: "prepared_by reviewed_by reviewed_note",
        Privacy.MONEY: "budget_fen total_fen",
        Privacy.SAFE: "id key run prepared_at reviewed_at state",
    },
    "assessment.SubsidyLine": {
        Privacy.MONEY: "wanted_fen amount_fen words",
        Privacy.SAFE: "id request village serial",
    },
    "offline.OfflineList": {Privacy.STAFF: "user", Privacy.SAFE: "id village version taken_at people"},
    "offline.OfflineEntry": {
        Privacy.PERSON: "resident",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id key taken village collected_at received_at enrolment follow_up",
    },
}


def class_of(model_label: str, field: str) -> Privacy | None:
    """Return the declared class of `app.Model` and a field, or None when nobody declared it."""
    declared = CLASSES.get(model_label, {})
    return next((privacy for privacy, names in declared.items() if field in names.split()), None)
