"""Tests of twin/provider/resources/apigateway."""
