"""Newer versions of the program: a signed list, a checked copy beside the old one, a trial, and the way back."""
