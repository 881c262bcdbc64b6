"""The mathematics, one part of the machine a module."""
