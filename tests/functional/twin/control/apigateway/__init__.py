"""Tests of twin/control/apigateway with a control process."""
