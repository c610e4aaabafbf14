"""The sample town: invented people in villages that have the published populations. Nothing of it is anybody's data."""
