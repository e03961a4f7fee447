"""Lambda in one Region: functions, their execution environments, and the APIs around them."""
