"""Files that survive a killed process and other processes."""
