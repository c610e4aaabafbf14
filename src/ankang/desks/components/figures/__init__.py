"""The figures of the campaign as pages: the same for town, village and district, each within its own divisions."""
