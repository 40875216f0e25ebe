alter table order_fact_lines rename to order_fact_lines_after;
drop index order_fact_lines_order;
drop index order_fact_lines_today;
create table order_fact_lines (
    order_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    product_id uuid,
    category text collate "C",
    amount bigint not null,
    quantity bigint not null
);
insert into order_fact_lines (order_id, valid_from, valid_to, product_id, category, amount, quantity)
    select order_id, valid_from, valid_to, product_id, category, amount, quantity from order_fact_lines_after;
drop table order_fact_lines_after;
create index order_fact_lines_order on order_fact_lines (order_id, valid_from);
create index order_fact_lines_today on order_fact_lines (order_id, product_id, category, amount, valid_to) where valid_to is null;

alter table order_facts rename to order_facts_after;
drop index order_facts_today;
create table order_facts (
    order_id uuid not null references orders (id),
    valid_from timestamptz not null,
    valid_to timestamptz,
    status text collate "C" not null,
    stage text collate "C" not null,
    owner_id uuid not null,
    team_id uuid,
    customer_id uuid,
    currency text collate "C" not null,
    amount bigint not null,
    intent_level text collate "C",
    source text collate "C",
    reason text collate "C",
    industry text collate "C",
    region text collate "C",
    value_tier text collate "C",
    expected_close_date date,
    created_at timestamptz not null,
    first_submitted_at timestamptz,
    submitted_at timestamptz,
    closed_on date,
    closed_at timestamptz,
    closed_owner_id uuid,
    closed_team_id uuid,
    archived_at timestamptz,
    product_shares bytea not null default '',
    primary key (order_id, valid_from)
);
insert into order_facts (order_id, valid_from, valid_to, status, stage, owner_id, team_id, customer_id, currency, amount, intent_level, source, reason, industry,
        region, value_tier, expected_close_date, created_at, first_submitted_at, submitted_at, closed_on, closed_at, closed_owner_id, closed_team_id, archived_at)
    select order_id, valid_from, valid_to, status, stage, owner_id, team_id, customer_id, currency, amount, intent_level, source, reason, industry,
        region, value_tier, expected_close_date, created_at, first_submitted_at, submitted_at, closed_on, closed_at, closed_owner_id, closed_team_id, archived_at
    from order_facts_after;
drop table order_facts_after;
create index order_facts_today on order_facts (status, closed_on, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, order_id) where valid_to is null;
