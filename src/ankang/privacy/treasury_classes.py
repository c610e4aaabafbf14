"""The privacy classes of the money between government, donors, town, bank and insurer."""

from ankang.privacy.kinds import Privacy

TREASURY_CLASSES: dict[str, dict[Privacy, str]] = {
    "treasury.Charge": {
        Privacy.STAFF: "opened_by",
        Privacy.MONEY: "amount_fen paid_fen transaction",
        Privacy.SAFE: "id order trade_no state qr_content opened_at ended_at why",
    },
    "treasury.GatewayNotice": {
        Privacy.MONEY: "amount_fen",
        Privacy.SAFE: "id number charge trade_no outcome at",
    },
    "treasury.GovernmentRequest": {
        Privacy.STAFF: "prepared_by note reviewed_by reviewed_note",
        Privacy.MONEY: "total_fen received_fen waived_fen",
        Privacy.SAFE: "id key programme division prepared_at reviewed_at state villages people promise",
    },
    "treasury.GovernmentRequestLine": {
        Privacy.GROUP: "group",
        Privacy.MONEY: "amount_fen",
        Privacy.SAFE: "id request funding village dropped_at",
    },
    "treasury.GovernmentPayment": {
        Privacy.STAFF: "by",
        Privacy.MONEY: "amount_fen reference",
        Privacy.SAFE: "id key request on at",
    },
    "treasury.Donor": {
        Privacy.PERSON: "name",
        Privacy.STAFF: "account added_by",
        Privacy.SAFE: "id code division added_at",
    },
    "treasury.Donation": {
        Privacy.STAFF: "by",
        Privacy.MONEY: "amount_fen received_fen used_fen returned_fen",
        Privacy.SAFE: "id key donor programme division paper purpose villages agreed_on at",
    },
    "treasury.DonationReceipt": {
        Privacy.STAFF: "by",
        Privacy.MONEY: "amount_fen reference",
        Privacy.SAFE: "id key donation division year serial on posting at",
    },
    "treasury.DonationUse": {
        Privacy.MONEY: "amount_fen",
        Privacy.SAFE: "id donation funding posting dropped_at",
    },
    "treasury.Remittance": {
        Privacy.STAFF: "prepared_by note reviewed_by reviewed_note paid_by",
        Privacy.MONEY: "total_fen reference",
        Privacy.SAFE: "id key programme division prepared_at reviewed_at state villages people released_posting "
        "paid_posting paid_on paid_at",
    },
    "treasury.RemittanceLine": {
        Privacy.MONEY: "amount_fen",
        Privacy.SAFE: "id remittance funding village dropped_at",
    },
    "treasury.Refund": {
        Privacy.PERSON: "cause",
        Privacy.STAFF: "prepared_by note reviewed_by reviewed_note paid_by",
        Privacy.MONEY: "paid_fen amount_fen words reference",
        Privacy.SAFE: "id key programme division prepared_at reviewed_at state funding village was_promised "
        "was_remitted released_posting paid_posting paid_at",
    },
    "treasury.BankSlip": {
        Privacy.MONEY: "reference amount_fen",
        Privacy.SAFE: "id posting division is_void",
    },
    "treasury.Instalment": {
        Privacy.MONEY: "amount_fen",
        Privacy.STAFF: "by",
        Privacy.SAFE: "id request donation due_on at replaced_at",
    },
    "treasury.OpeningBalance": {
        Privacy.STAFF: "prepared_by note reviewed_by reviewed_note",
        Privacy.MONEY: "amount_fen paper",
        Privacy.SAFE: "id key division prepared_at reviewed_at state on posting",
    },
    "treasury.Reconciliation": {
        Privacy.STAFF: "by",
        Privacy.MONEY: "balance_fen",
        Privacy.SAFE: "id kind programme division file_name file_digest balance_on at",
    },
    "treasury.ReconciliationRow": {
        Privacy.PERSON: "resident who says",
        Privacy.STAFF: "explanation explained_by",
        Privacy.MONEY: "reference ours_fen theirs_fen",
        Privacy.SAFE: "id run row_number outcome on explained_at posting",
    },
}
