"""What a repository allows itself: rules over usage records, the baseline of accepted models, and what changed."""
