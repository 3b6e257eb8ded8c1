"""Test whether two columns are independent given others; one file, one test."""
