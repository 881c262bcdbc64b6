"""The claims of the chapters, a file a chapter."""
