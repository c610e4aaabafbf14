"""Work without a network: the village's list taken along on a telephone, and what was noted there and came up later."""
