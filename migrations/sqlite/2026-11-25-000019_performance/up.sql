-- The processes that serve this database, each until it leaves or has not been seen for a while.
create table instances (
    id blob primary key not null,
    version text not null,
    started_at integer not null,
    seen_at integer not null
);

-- What all of them answered on a day (UTC) together, by the first digit of the status, and for how many seconds they were up.
create table performance_days (
    day date primary key not null,
    up_seconds bigint not null,
    successes bigint not null,
    redirections bigint not null,
    client_errors bigint not null,
    server_errors bigint not null
);

-- How many of these requests took how long: up to so many microseconds, and more than the next lower row of the day.
create table performance_times (
    day date not null,
    up_to bigint not null,
    requests bigint not null,
    primary key (day, up_to)
);
