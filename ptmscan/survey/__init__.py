"""Many scans at once: counted while they are read, as tables, and what is made of the tables: a page and figures."""
