"""Reads a file in the OpenMetrics format with prometheus-client's strict parser, and prints how many families it has."""

import sys

from prometheus_client.openmetrics.parser import text_fd_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    print(sum(1 for _ in text_fd_to_metric_families(file)))
