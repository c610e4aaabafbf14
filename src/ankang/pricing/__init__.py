"""What a plan costs: two plans over one history (`whatif`), and a plan without a history (`simulation`)."""
