"""From usage records to the tables of the PeaTMOSS data set, and on to its figures (extra `ptmscan[peatmoss]`)."""
