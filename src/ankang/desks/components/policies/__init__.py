"""Policies as several desks see them: rows of a batch, certificates on paper, endorsements."""
