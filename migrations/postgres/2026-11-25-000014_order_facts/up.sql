-- What orders were, in recorded time: one row a state, from the moment at which it was recorded to the one at which it was no more; what holds has no end.
-- Every key that orders are counted by stands here, of the customer as well, so that nothing has to be joined and the past can be asked.
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
    primary key (order_id, valid_from)
);

-- All that questions about today count by, in one place: those of one status and a span of closing days lie side by side.
create index order_facts_today on order_facts (status, closed_on, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, order_id) where valid_to is null;

-- The lines of an order by product, and the category that the product had.
create table order_fact_lines (
    order_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    product_id uuid,
    category text collate "C",
    amount bigint not null,
    quantity bigint not null
);
create index order_fact_lines_order on order_fact_lines (order_id, valid_from);
create index order_fact_lines_today on order_fact_lines (order_id, product_id, category, amount, valid_to) where valid_to is null;

create table order_fact_tags (
    order_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    tag text collate "C" not null,
    primary key (order_id, tag, valid_from)
);

-- Custom fields of one choice or of yes and no, which is `true` and `false`.
create table order_fact_values (
    order_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    key text collate "C" not null,
    value text collate "C" not null,
    primary key (order_id, key, valid_from)
);

-- What is there is known from now on.
insert into order_facts
    select o.id, now(), null, o.status, o.stage, o.owner_id, o.team_id, o.customer_id, o.currency, o.amount, o.intent_level, o.source,
        o.reason, c.industry, c.region, c.value_tier, o.expected_close_date, o.created_at, o.first_submitted_at, o.submitted_at, o.closed_on, o.closed_at,
        o.closed_owner_id, o.closed_team_id, o.archived_at
    from orders o left join customers c on c.id = o.customer_id;
insert into order_fact_lines
    select l.order_id, f.valid_from, null, l.product_id, p.category, cast(sum(l.amount) as bigint), cast(sum(l.quantity) as bigint)
    from order_lines l join order_facts f on f.order_id = l.order_id left join products p on p.id = l.product_id
    group by l.order_id, f.valid_from, l.product_id, p.category;
insert into order_fact_tags select t.order_id, f.valid_from, null, t.tag from order_tags t join order_facts f on f.order_id = t.order_id;
insert into order_fact_values
    select v.record_id, f.valid_from, null, v.key, case when v.flag is null then v.text when v.flag then 'true' else 'false' end
    from custom_values v join order_facts f on f.order_id = v.record_id
    where v.entity = 'orders' and v.position = 0 and (v.flag is not null or v.text is not null and v.key in (
        select d ->> 'key' from standards s, jsonb_array_elements(case when jsonb_typeof(s.document -> 'fields') = 'array' then s.document -> 'fields' else '[]' end) d
        where s.entity = 'orders' and d ->> 'type' = 'enum' and s.version = (select max(version) from standards where entity = 'orders')));
