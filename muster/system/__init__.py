"""How the deployed system looks now: one SystemView, read from AWS, and what is unusual in it."""
