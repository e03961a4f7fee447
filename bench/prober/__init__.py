"""How punctual the prober is."""
