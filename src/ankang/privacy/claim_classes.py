"""The privacy classes of the claims' rows."""

from ankang.privacy.kinds import Privacy

CLAIM_CLASSES: dict[str, dict[Privacy, str]] = {
    "claims.Claim": {
        Privacy.HEALTH: "what_happened diagnosis place doctor",
        Privacy.INDEX: "place_index doctor_index",
        Privacy.PHONE: "reporter_phone",
        Privacy.PERSON: "resident reporter died_on",
        Privacy.LOSS: "event_on cause situations medical_expense_fen reimbursed_fen fracture_expense_fen",
        Privacy.MONEY: "payable_fen partial_fen",
        Privacy.STAFF: "reported_by",
        Privacy.SAFE: "id number village programme status round held_until moved_at step_from reported_at closed_on",
    },
    "claims.TakeBack": {
        Privacy.MONEY: "amount_fen returned_fen",
        Privacy.SAFE: "id claim insurer found_at cancelled_at returned_at",
    },
    "claims.TakeBackPart": {
        Privacy.MONEY: "amount_fen",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id take_back due_on at replaced_at",
    },
    "claims.TakeBackReceipt": {
        Privacy.MONEY: "amount_fen reference",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id key take_back on at window day",
    },
    "claims.SettlementFile": {
        Privacy.STAFF: "by",
        Privacy.SAFE: "id division made_at finished_at file_name file_digest header",
    },
    "claims.SettlementRow": {
        Privacy.HEALTH: "cells",
        Privacy.PERSON: "resident",
        Privacy.LOSS: "event_on amount_fen",
        Privacy.MONEY: "payable_fen",
        Privacy.SAFE: "id file position accident key outcome column reason fix claim",
    },
    "claims.DailyNumber": {Privacy.SAFE: "day last"},
    "claims.ClaimStep": {Privacy.STAFF: "by", Privacy.LOSS: "note", Privacy.SAFE: "id claim kind key at"},
    "claims.Stay": {Privacy.LOSS: "admitted_on discharged_on", Privacy.SAFE: "id claim"},
    "claims.Disability": {Privacy.LOSS: "grade site", Privacy.SAFE: "id claim"},
    "claims.Decision": {
        Privacy.LOSS: "facts outcome prepared_note reviewed_note",
        Privacy.MONEY: "total_fen",
        Privacy.STAFF: "prepared_by endorsed_by reviewed_by",
        Privacy.SAFE: "id claim sequence round kind version prepared_at verdict endorsed_at reviewed_at",
    },
    "claims.ClaimCorrection": {
        Privacy.LOSS: "event_before event_after cause_before cause_after situations_before situations_after reason",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id claim at",
    },
    "claims.Hold": {Privacy.LOSS: "reason", Privacy.STAFF: "by lifted_by", Privacy.SAFE: "id claim until at lifted_at"},
    "claims.RefusalLetter": {
        Privacy.LOSS: "reasons",
        Privacy.STAFF: "issued_by",
        Privacy.SAFE: "id claim decision number due_on issued_at",
    },
    "claims.Appeal": {
        Privacy.PERSON: "who",
        Privacy.LOSS: "reasons answer",
        Privacy.STAFF: "entered_by first second answered_by",
        Privacy.SAFE: "id claim decision appealed_on entered_at state answered_at",
    },
    "claims.Recalculation": {
        Privacy.MONEY: "then_fen now_fen",
        Privacy.STAFF: "closed_by note",
        Privacy.SAFE: "id claim decision because found_at closed_at",
    },
    "claims.ReviewRules": {
        Privacy.STAFF: "people by",
        Privacy.SAFE: "id key division number handler_fen manager_fen two_above_fen sample_percent sample_seed at",
    },
    "claims.QualityReview": {
        Privacy.LOSS: "note",
        Privacy.STAFF: "first second looked_by",
        Privacy.SAFE: "id claim decision rules drawn_at finding looked_at",
    },
    "claims.SignalLook": {
        Privacy.LOSS: "note",
        Privacy.STAFF: "looked_by",
        Privacy.SAFE: "id claim code fact looked_at",
    },
    "claims.Payee": {
        Privacy.ACCOUNT: "account",
        Privacy.INDEX: "account_index",
        Privacy.TAIL: "account_tail",
        Privacy.PERSON: "name relation bank",
        Privacy.MONEY: "share_of share_all",
        Privacy.STAFF: "entered_by",
        Privacy.SAFE: "id claim round means entered_at replaced_at",
    },
    "claims.PaymentDue": {Privacy.MONEY: "due_fen ordered_fen", Privacy.SAFE: "id claim"},
    "claims.PaymentBatch": {
        Privacy.MONEY: "total_fen",
        Privacy.STAFF: "made_by result_by",
        Privacy.SAFE: "id key number division payments made_at result_at",
    },
    "claims.Payout": {
        Privacy.MONEY: "amount_fen failure",
        Privacy.STAFF: "ordered_by released_by",
        Privacy.SAFE: "id key number claim decision payee state ordered_at released_at batch ended_on reference "
        "retries",
    },
    "claims.Advance": {
        Privacy.MONEY: "amount_fen",
        Privacy.STAFF: "paid_by",
        Privacy.SAFE: "id payout desk division paid_on paid_at day",
    },
    "claims.DeathReport": {
        Privacy.PERSON: "resident paper_by heirs_order",
        Privacy.LOSS: "cause hindrance",
        Privacy.STAFF: "reported_by",
        Privacy.SAFE: "id key claim accident_claim division paper_on stands reported_at",
    },
    "claims.AdvanceDay": {
        Privacy.MONEY: "total_fen opening_fen added_fen counted_fen difference_note",
        Privacy.STAFF: "closed_by confirmed_by",
        Privacy.SAFE: "id key number desk division on payments closed_at confirmed_at reference",
    },
    "claims.PaperRules": {Privacy.STAFF: "entered_by why", Privacy.SAFE: "id programme number document entered_at"},
    "claims.ClaimDocument": {
        Privacy.LOSS: "paper name unusable_why",  # the picture itself lies sealed in the store of papers
        Privacy.STAFF: "given_by unusable_by",
        Privacy.SAFE: "id claim channel media size pages stored_as digest key given_at replaced_by unusable_at",
    },
    "claims.PaperNotice": {
        Privacy.LOSS: "items reason answered_how",
        Privacy.STAFF: "issued_by approved_by",
        Privacy.SAFE: "id claim number key issued_at answered_at",
    },
    "claims.Invoice": {
        Privacy.LOSS: "code number amount_fen dated_on",
        Privacy.STAFF: "recorded_by",
        Privacy.SAFE: "id claim recorded_at further freed_at freed_why",
    },
    "claims.FurtherBills": {
        Privacy.LOSS: "expense_fen reimbursed_fen fracture_fen stays",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id claim key state reversal at",
    },
    "claims.PublicReport": {
        Privacy.HEALTH: "what_happened place",
        Privacy.PHONE: "reporter_phone",
        Privacy.NUMBER: "elder_number",
        Privacy.INDEX: "elder_number_index",
        Privacy.TAIL: "elder_number_tail",
        Privacy.PERSON: "reporter relation elder_name",
        Privacy.LOSS: "event_on situations answer",
        Privacy.STAFF: "decided_by",
        Privacy.SECRET: "secret_digest",
        Privacy.SAFE: "id number key reported_at village state claim decided_at",
    },
    "claims.DecisionLine": {Privacy.MONEY: "product benefit amount_fen reason", Privacy.SAFE: "id decision"},
    "claims.LimitUse": {
        Privacy.PERSON: "resident",
        Privacy.MONEY: "used_fen limit_fen",
        Privacy.SAFE: "id programme product benefit",
    },
}
