"""The way in: find targets, take their profiles on a schedule, put every attempt into the log."""
