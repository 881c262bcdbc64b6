"""The explorer: one page in which every number of a model says where it came from."""
