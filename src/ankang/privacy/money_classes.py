"""The privacy class of every field of money."""

from ankang.privacy.kinds import Privacy

MONEY_CLASSES: dict[str, dict[Privacy, str]] = {
    "money.Posting": {
        Privacy.STAFF: "by note",
        Privacy.SAFE: "id key kind on at division programme reverses digest",
    },
    "money.Entry": {Privacy.MONEY: "amount_fen funding", Privacy.SAFE: "id posting account owner"},
    "money.Promise": {
        Privacy.STAFF: "accepted_by",
        Privacy.MONEY: "amount_fen",
        Privacy.SAFE: "id key party owner division programme paper accepted_on accepted_at",
    },
    "money.Settlement": {Privacy.MONEY: "funding", Privacy.SAFE: "id posting promise ended_by ended_at"},
    "money.Order": {
        Privacy.PERSON: "payer_name",
        Privacy.STAFF: "opened_by",
        Privacy.SAFE: "id key programme village kind state opened_at opened_on ended_at",
    },
    "money.OrderLine": {Privacy.MONEY: "funding amount_fen", Privacy.SAFE: "id order dropped_at"},
    "money.Payment": {
        Privacy.MONEY: "amount_fen reference",
        Privacy.STAFF: "by decided_by note",
        Privacy.SAFE: "id key order means state at on decided_at posting handover",
    },
    "money.Receipt": {
        Privacy.STAFF: "voided_by void_reason",
        Privacy.SAFE: "id number payment village on serial check_code issued_at prints void_posting voided_at",
    },
    "money.Till": {Privacy.SAFE: "village closed_through"},
    "money.VillageDay": {
        Privacy.STAFF: "closed_by",
        Privacy.SAFE: "id village on last_serial closed_at receipts voided cash_fen transfer_fen gateway_fen "
        "handed_fen left_fen",
    },
    "money.Handover": {
        Privacy.STAFF: "handed_by decided_by explanation decided_note",
        Privacy.SAFE: "id key village on expected_fen counted_fen state handed_at posting decided_at decided_posting",
    },
}
