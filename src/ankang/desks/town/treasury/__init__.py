"""出资与汇缴: government's share, donations, remittances to the insurer, refunds, reconciliation."""
