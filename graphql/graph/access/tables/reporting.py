"""Figures for people who decide."""

from graph.access.words import ADMINS, MANAGER, OWNER, STAFF, VIEWER, own, public, readers, within

READERS = {
    "Dashboard": readers(VIEWER & public(access_level="PUBLIC") | STAFF & public(access_level="STAFF") | OWNER),
    "Kpi": readers(VIEWER, calculation_sql=MANAGER),
    "KpiMeasurement": readers(within("kpi")),
    "KpiTarget": readers(within("kpi")),
    "Correlation": readers(VIEWER),
    "Forecast": readers(within("definition")),
    "Insight": readers(STAFF),
    "Report": readers(STAFF, recipients=MANAGER),
    "ReportRun": readers(STAFF, file_path=ADMINS),
    "ExportJob": readers(own("requested_by_id") | OWNER, file_path=ADMINS),
}
