"""Tests of twin/control/apigateway."""
