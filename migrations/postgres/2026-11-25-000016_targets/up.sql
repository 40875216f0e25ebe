-- What a person or a team is to win in a month: `kind` says whether `holder` is the id of a user or of a team, `month` its first day.
create table targets (
    id uuid primary key not null,
    kind text collate "C" not null,
    holder uuid not null,
    month date not null,
    currency text collate "C" not null,
    amount bigint not null,
    orders bigint,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index targets_place on targets (holder, month);
create index targets_month on targets (month, kind);

-- Refusals at entry are counted over a stretch of time.
create index entry_refusals_at on entry_refusals (at, entity, user_id);
