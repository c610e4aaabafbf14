"""The enrolment page of the village and the town: one screen, then what was recorded."""
