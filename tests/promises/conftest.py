"""Lend the promises a PostgreSQL server."""

from tests.data.postgres import postgres as postgres
