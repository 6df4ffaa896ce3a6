"""Rates customer reviews."""
