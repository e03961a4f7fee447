"""AWS Certificate Manager: a service of control's own.

https://docs.aws.amazon.com/acm/latest/APIReference/Welcome.html
"""
