"""Where deals come from: one kind of source a file, all of them in SOURCES."""

from monitor.sources.csv_file import CsvSource
from monitor.sources.excel_file import ExcelSource
from monitor.sources.file_read import FileRead, Mark, Reader, ReadError
from monitor.sources.hubspot_source import HubSpotSource
from monitor.sources.parquet_file import ParquetSource
from monitor.sources.rows import Rows
from monitor.sources.salesforce_source import SalesforceSource
from monitor.sources.sql_source import SqlSource

SOURCES: dict[str, type[Reader]] = {
    "csv": CsvSource,
    "parquet": ParquetSource,
    "excel": ExcelSource,
    "sql": SqlSource,
    "salesforce": SalesforceSource,
    "hubspot": HubSpotSource,
}

__all__ = [
    "SOURCES",
    "CsvSource",
    "ExcelSource",
    "FileRead",
    "Mark",
    "ParquetSource",
    "ReadError",
    "Reader",
    "Rows",
]
