"""考核与奖补: the scheme, preview, frozen results, objections, commendation, subsidy."""
