ORGANISATION = "google"
CHECKPOINTS = {"small": f"{ORGANISATION}/flan-t5-small", "base": f"{ORGANISATION}/flan-t5-base"}
