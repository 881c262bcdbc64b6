"""Writing: one word after another."""
