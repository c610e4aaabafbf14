"""What desks that meet families do with accidents: look a cover up, report, hand papers in."""
