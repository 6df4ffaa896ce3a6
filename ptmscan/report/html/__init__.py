"""Reports to look at: one HTML file each, which loads nothing and works without scripts."""
