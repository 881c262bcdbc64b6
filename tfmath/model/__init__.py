"""The whole model: its tables and how its parts are put together."""
