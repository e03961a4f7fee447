"""From a call's bytes to what moto gets, and back: parsed, checked, refused."""
