-- What each method expected of a month, as it was told on a day, of all orders or of a team's; in ten-thousandths of the currency.
create table forecast_snapshots (
    id uuid primary key not null,
    taken_on date not null,
    team_id uuid references teams (id),
    currency text not null,
    method text not null,
    period_start date not null,
    lead integer not null,
    expected bigint not null,
    low_80 bigint,
    high_80 bigint,
    low_95 bigint,
    high_95 bigint
);
create index forecast_snapshots_taken on forecast_snapshots (taken_on);
create index forecast_snapshots_period on forecast_snapshots (team_id, period_start);
