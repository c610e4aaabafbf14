"""保单 on the town's desk: batches for the insurer, the two lists that must be empty, next year's list."""
