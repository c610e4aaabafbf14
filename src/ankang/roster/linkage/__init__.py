"""Rows of lists without a usable identity number: whose they probably are, and who decided it."""
