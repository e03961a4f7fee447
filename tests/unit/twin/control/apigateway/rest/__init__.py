"""Tests of twin/control/apigateway/rest."""
