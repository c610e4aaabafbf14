"""The pages that the medical window and the funeral home share: a case, its payment, the day's list."""
