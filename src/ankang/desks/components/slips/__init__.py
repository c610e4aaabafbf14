"""Enrolling several people on one page: a household, people ticked on a list, an Excel file."""
