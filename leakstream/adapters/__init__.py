"""The doors: one file for each library or protocol of the outside."""
