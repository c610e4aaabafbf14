"""A list from outside, on its way into the roster: file -> sheet -> columns -> staged rows -> one transaction."""
