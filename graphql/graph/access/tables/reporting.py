"""Figures for people who decide."""

from graph.access.words import ADMINS, MANAGER, OWNER, STAFF, VIEWER, own, public, readers, within, writers

READERS = {
    "Dashboard": readers(VIEWER & public(access_level="PUBLIC") | STAFF & public(access_level="STAFF") | OWNER),
    "Kpi": readers(VIEWER, calculation_sql=MANAGER),
    "KpiMeasurement": readers(within("kpi")),
    "KpiTarget": readers(within("kpi")),
    "Correlation": readers(VIEWER),
    "Forecast": readers(within("definition")),
    "Insight": readers(STAFF),
    "Report": readers(STAFF, recipients=MANAGER),
    "ReportRun": readers(STAFF, pending_recipients=MANAGER, file_path=ADMINS),
    "ExportJob": readers(own("requested_by_id") | OWNER, file_path=ADMINS),
}

ENTERED = public(calculation_sql=None)
SHARED = public(access_level=("PUBLIC", "STAFF"))

WRITERS = {
    "Dashboard": writers(STAFF & SHARED | OWNER, delete=MANAGER & SHARED | OWNER),
    "Kpi": writers(MANAGER, delete=OWNER, kept="calculation_sql"),
    "KpiMeasurement": writers(within("kpi", STAFF & ENTERED), delete=within("kpi", MANAGER & ENTERED), once="kpi_id"),
    "KpiTarget": writers(within("kpi", MANAGER), once="kpi_id"),
    "Forecast": writers(
        within("definition", STAFF) & public(method="EXPERT"),
        delete=within("definition", MANAGER) & public(method="EXPERT"),
        kept="model_id actual_value parameters generated_at",
        once="definition_id",
    ),
    "Report": writers(MANAGER, kept="last_generated_at next_scheduled_at"),
}
NOT_WRITTEN = {
    "Correlation": "computed by the worker",
    "Insight": "noticed by agents and decided by a workflow",
    "ReportRun": "made by the worker",
    "ExportJob": "asked for by a workflow and carried out by the worker",
}
