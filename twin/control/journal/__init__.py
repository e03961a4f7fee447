"""Control's journal: the calls that changed it, and moto's services behind it."""
