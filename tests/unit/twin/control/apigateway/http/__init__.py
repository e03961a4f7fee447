"""Tests of twin/control/apigateway/http."""
