drop table forecast_snapshots;
