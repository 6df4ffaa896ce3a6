"""Builders of the name tables, one module a field; `reading` fetches packages and reads their syntax trees."""
