"""Making a take fit the session: level, length, formats, tags."""
