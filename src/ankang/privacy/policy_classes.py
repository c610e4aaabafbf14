"""The privacy class of every stored field of the policies. See `classes`."""

from ankang.privacy.kinds import Privacy

POLICY_CLASSES: dict[str, dict[Privacy, str]] = {
    "policies.NumberSeries": {Privacy.SAFE: "id division kind year last"},
    "policies.ApplicationBatch": {
        Privacy.STAFF: "prepared_by prepared_note sent_by cancelled_by cancelled_note",
        Privacy.SAFE: "id key number version division villages state prepared_at sent_at cancelled_at decided_at",
    },
    "policies.GroupPolicy": {
        Privacy.STAFF: "issued_by",
        Privacy.SAFE: "id number programme village issued_at last_serial",
    },
    "policies.ApplicationRow": {
        Privacy.NUMBER: "identity",
        Privacy.PHONE: "phone",
        Privacy.INDEX: "identity_index",
        Privacy.TAIL: "identity_tail phone_tail",
        Privacy.PERSON: "resident name sex birth_date reason_words",
        Privacy.MONEY: "premium_fen",
        Privacy.STAFF: "decided_by",
        Privacy.SAFE: "id batch serial holding village product units cover_from cover_to outcome reason policy "
        "decided_at",
    },
    "policies.AnswerFile": {
        Privacy.STAFF: "by",
        Privacy.SAFE: "id batch file_name digest at accepted refused already blank errors",
    },
    "policies.Certificate": {
        Privacy.NUMBER: "identity",
        Privacy.INDEX: "identity_index",
        Privacy.TAIL: "identity_tail",
        Privacy.PERSON: "resident name birth_date",
        Privacy.MONEY: "premium_fen",
        Privacy.STAFF: "handed_out_by",
        Privacy.SAFE: "id number check_code policy holding village product units cover_from cover_to issued_at "
        "ended_from prints printed_at handed_out_at",
    },
    "policies.Endorsement": {
        Privacy.NUMBER: "corrected",
        Privacy.INDEX: "corrected_index",
        Privacy.TAIL: "corrected_tail",
        Privacy.PERSON: "resident reason name_before name_after tail_before note",
        Privacy.STAFF: "requested_by decided_by",
        Privacy.SAFE: "id key number kind holding village policy certificate withdrawal effective_on to_village state "
        "requested_at decided_at",
    },
}
