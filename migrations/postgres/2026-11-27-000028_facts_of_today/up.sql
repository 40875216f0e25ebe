-- What holds lies apart from what is over: a question about today reads no history, which grows with every change of an order. The columns that most questions
-- read come first, for PostgreSQL goes through a row up to the last of those that it reads. A key cannot be told of both parts together; each has its own.
drop index order_facts_today;
alter table order_facts rename to order_facts_before;
create table order_facts (
    valid_to timestamptz,
    archived_at timestamptz,
    closed_on date,
    status text collate "C" not null,
    currency text collate "C" not null,
    amount bigint not null,
    source text collate "C",
    intent_level text collate "C",
    team_id uuid,
    owner_id uuid not null,
    industry text collate "C",
    region text collate "C",
    value_tier text collate "C",
    first_submitted_at timestamptz,
    customer_id uuid,
    stage text collate "C" not null,
    reason text collate "C",
    order_id uuid not null references orders (id),
    valid_from timestamptz not null,
    expected_close_date date,
    created_at timestamptz not null,
    submitted_at timestamptz,
    closed_at timestamptz,
    closed_owner_id uuid,
    closed_team_id uuid,
    product_shares bytea not null default ''
) partition by list (valid_to);
create table order_facts_now partition of order_facts for values in (null);
create table order_facts_past partition of order_facts default;
insert into order_facts (valid_to, archived_at, closed_on, status, currency, amount, source, intent_level, team_id, owner_id, industry, region, value_tier,
        first_submitted_at, customer_id, stage, reason, order_id, valid_from, expected_close_date, created_at, submitted_at, closed_at, closed_owner_id,
        closed_team_id)
    select valid_to, archived_at, closed_on, status, currency, amount, source, intent_level, team_id, owner_id, industry, region, value_tier,
        first_submitted_at, customer_id, stage, reason, order_id, valid_from, expected_close_date, created_at, submitted_at, closed_at, closed_owner_id,
        closed_team_id
    from order_facts_before order by order_id, valid_from;
drop table order_facts_before;
alter table order_facts_now add primary key (order_id, valid_from);
alter table order_facts_past add primary key (order_id, valid_from);
create index order_facts_today on order_facts (status, closed_on) where valid_to is null;

-- The lines hold what they are counted by together with their order, and which is the first of its category in it: most questions of products and categories
-- need nothing else. Of what was over before this it is not known; questions about the past join the orders.
drop index order_fact_lines_today;
drop index order_fact_lines_order;
alter table order_fact_lines rename to order_fact_lines_before;
create table order_fact_lines (
    valid_to timestamptz,
    archived_at timestamptz,
    closed_on date,
    first_of_category boolean,
    amount bigint not null,
    status text collate "C",
    currency text collate "C",
    product_id uuid,
    category text collate "C",
    order_id uuid not null,
    quantity bigint not null,
    valid_from timestamptz not null
) partition by list (valid_to);
create table order_fact_lines_now partition of order_fact_lines for values in (null);
create table order_fact_lines_past partition of order_fact_lines default;
insert into order_fact_lines (valid_to, archived_at, closed_on, first_of_category, amount, status, currency, product_id, category, order_id, quantity, valid_from)
    select l.valid_to, o.archived_at, o.closed_on,
        case when o.order_id is not null then row_number() over (partition by l.order_id, l.category, l.valid_to order by l.product_id) = 1 end,
        l.amount, o.status, o.currency, l.product_id, l.category, l.order_id, l.quantity, l.valid_from
    from order_fact_lines_before l left join order_facts o on o.order_id = l.order_id and o.valid_to is null and l.valid_to is null
    order by l.order_id, l.valid_from;
drop table order_fact_lines_before;
create index order_fact_lines_order on order_fact_lines (order_id, valid_from);
create index order_fact_lines_today on order_fact_lines (status, closed_on) where valid_to is null;
