"""All that the twin knows of moto's insides."""
