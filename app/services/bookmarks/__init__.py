"""The service `bookmarks`: how far each viewer has watched each film.

keys.py, values.py and paging.py say what a request may contain, ordering.py which of several writes
is the newest. workshop.py answers the routes of AWS's workshop about global tables, which show what
goes wrong; player.py answers the routes that the player uses, which lose nothing. sample.py has the
items that a new table begins with.
"""
